package wire

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// What was passed on is not in memory for as long as nobody answers: an instance may
// have as many calls open as it likes to wait for.
func TestArgumentsAreNotKept(t *testing.T) {
	for _, taken := range []bool{true, false} {
		var freed atomic.Bool
		passed := make(chan struct{})
		m, p, _ := accepting(t, nil, func(in *Incoming) {
			runtime.AddCleanup(&in.Args[0], func(gone *atomic.Bool) { gone.Store(true) }, &freed)
			if taken {
				if c := in.Call(); len(c.Args) != 1<<20 {
					t.Errorf("%d bytes", len(c.Args))
				}
			}
			close(passed)
			until(in.Context())
			runtime.KeepAlive(in)
		})
		p.say(hostRPC(2, string(make([]byte, 1<<20))))
		<-passed
		p.say(credit(2, 0)) // so that the receiver has something else in its hands
		if !taken {         // control: arguments that nobody takes are kept
			for range 3 {
				runtime.GC()
			}
			time.Sleep(time.Millisecond)
			if freed.Load() {
				t.Error("arguments were freed before the call was answered")
			}
			continue
		}
		waitFor(t, "the arguments are freed", func() bool { runtime.GC(); return freed.Load() })
		if m.Incoming() != 1 {
			t.Error("the call is over")
		}
	}
}
