package wire

import (
	"errors"
	"io"
	"runtime"
	"testing"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// talker is the end of a runner that talks and does not listen.
type talker struct {
	over chan struct{}
	say  chan *facetv1.Packet
}

func (s talker) Send(*facetv1.Packet) error {
	<-s.over
	return io.ErrClosedPipe
}

func (s talker) Recv() (*facetv1.Packet, error) {
	select {
	case p := <-s.say:
		return p, nil
	case <-s.over:
		return nil, io.EOF
	}
}

func deaf(t *testing.T, handle func(*Incoming)) (*Mux, talker, chan error) {
	t.Helper()
	s := talker{make(chan struct{}), make(chan *facetv1.Packet)}
	lost := make(chan error, 1)
	m := New(s, Config{Broken: func(*facetv1.Failure) {}, Lost: func(err error) { lost <- err },
		Accept: func(in *Incoming) (func(), error) { return func() { handle(in) }, nil }})
	t.Cleanup(func() { m.End(errors.New("over")); close(s.over) })
	return m, s, lost
}

func heap() int64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc)
}

// A runner that opens calls and does not read the answers, each of which ends its
// call, must not fill the supervisor's memory with them.
func TestAnswersToADeafRunnerAreBounded(t *testing.T) {
	refused := hostFetch(0, "", true)
	refused.GetRequest().Url = "nothing"
	tests := []struct {
		name   string
		calls  uint64
		frame  *facetv1.Frame
		handle func(*Incoming)
	}{
		{"refused", 2_000_000, refused, nil},
		{"failed", 20_000, hostRPC(0, ""), func(in *Incoming) { in.Fail(tooMuch(string(make([]byte, 60<<10)))) }},
		{"answered", 2_000_000, hostRPC(0, ""), func(in *Incoming) { in.Result(Result{Value: []byte("Jnull")}) }},
		{"small pieces", 2_000, hostFetch(0, "", true), func(in *Incoming) {
			in.Respond(&facetv1.ResponseHead{Status: 200})
			for range Window {
				if in.Write([]byte{1}) != nil {
					return
				}
			}
			in.CloseWrite()
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, s, lost := deaf(t, tt.handle)
			before := heap()
			var err error
			for call := uint64(2); call < tt.calls && err == nil; call += 2 {
				for m.Incoming() >= MaxIncoming {
					time.Sleep(50 * time.Microsecond)
				}
				f := &facetv1.Frame{Call: call, Kind: tt.frame.Kind}
				select {
				case s.say <- &facetv1.Packet{Frames: []*facetv1.Frame{f}}:
				case err = <-lost:
				}
			}
			if !IsViolation(err) {
				t.Errorf("%v, want a violation", err)
			}
			if used := heap() - before; used > 5*maxIncomingBytes {
				t.Errorf("%d MiB were kept", used>>20)
			}
		})
	}
}
