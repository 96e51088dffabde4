//go:build linux && amd64

package sandbox

import (
	"fmt"
	"io"
	"runtime"
	"sync"
	"testing"
	"time"
)

// TestStress starts and ends many children at once, in every order of killing,
// waiting and violating; nothing may be left, goroutines included.
func TestStress(t *testing.T) {
	before := runtime.NumGoroutine()
	l, err := New(testConfig())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for worker := range 6 {
		wg.Go(func() {
			for round := range 12 {
				if err := stressOne(l, worker+round); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	eventually(t, "goroutines gone", func() bool { return runtime.NumGoroutine() <= before })
}

func stressOne(l *Launcher, kind int) error {
	ctx, cancel := timeoutContext()
	defer cancel()
	p, err := l.Start(ctx, Spec{Runner: runnerPath})
	if err != nil {
		return err
	}
	defer p.abandon()
	go io.Copy(io.Discard, p.Log())
	if kind%4 == 0 { // before the seal
		p.Kill()
		p.Wait()
		return nil
	}
	if err := p.WaitSealed(ctx); err != nil {
		return err
	}
	p.Conn().SetDeadline(time.Now().Add(deadline))
	switch kind % 4 {
	case 1:
		p.Kill()
	case 2:
		fmt.Fprintln(p.Conn(), "socket") // a violation ends it
	case 3:
		p.Conn().Close() // the child sees the end of its requests
	}
	exit := p.Wait()
	if (kind%4 == 2) != (exit.Violation != nil) {
		return fmt.Errorf("kind %d: exit %+v", kind%4, exit)
	}
	return nil
}
