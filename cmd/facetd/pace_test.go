package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestStayQuiet(t *testing.T) {
	const wall = 200 * time.Millisecond
	tests := []struct {
		name     string
		was      bool
		requests int
		cpu      time.Duration
		want     bool
	}{
		{"nothing to do", false, 0, 0, true},
		{"one request after the other", false, 1, 90 * time.Millisecond, true},
		{"it is not quiet at once", false, 2, 110 * time.Millisecond, false},
		{"nor is it over at once", true, 2, 110 * time.Millisecond, true},
		{"much to do", true, 1, 160 * time.Millisecond, false},
		{"a crowd", true, 3, 0, false},
		{"still a crowd", false, 3, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := stayQuiet(tt.was, tt.requests, tt.cpu, wall); got != tt.want {
				t.Errorf("quiet: %v, want %v", got, tt.want)
			}
		})
	}
}

// withProcessors lets the test have at least two of what Go calls processors,
// whatever the machine has.
func withProcessors(t *testing.T) int {
	if value, set := os.LookupEnv("GOMAXPROCS"); set {
		os.Unsetenv("GOMAXPROCS")
		t.Cleanup(func() { os.Setenv("GOMAXPROCS", value) })
	}
	t.Cleanup(runtime.SetDefaultGOMAXPROCS)
	runtime.SetDefaultGOMAXPROCS()
	usual := runtime.GOMAXPROCS(0)
	if usual == 1 {
		runtime.GOMAXPROCS(2)
	}
	return usual
}

func awaitProcessors(t *testing.T, want int) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); runtime.GOMAXPROCS(0) != want; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("Go has %d processors, want %d", runtime.GOMAXPROCS(0), want)
		}
	}
}

func TestPace(t *testing.T) {
	usual := withProcessors(t)
	release := make(chan struct{})
	p := newPace(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	p.waited = func() time.Duration { return 0 } // whatever else the machine does
	stop := p.start()
	awaitProcessors(t, 1)

	var all sync.WaitGroup
	ask := func(n int) {
		for range n {
			all.Go(func() { p.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)) })
		}
	}
	ask(fewRequests + 1)
	awaitProcessors(t, usual)
	close(release)
	all.Wait()
	awaitProcessors(t, 1)
	stop()
	if got := runtime.GOMAXPROCS(0); got != usual {
		t.Errorf("%d processors after the stop, want %d", got, usual)
	}
}

// What the operator says stays.
func TestPaceLeavesSettings(t *testing.T) {
	usual := withProcessors(t)
	t.Setenv("GOMAXPROCS", "2")
	p := newPace(http.NotFoundHandler())
	p.start()()
	if got := runtime.GOMAXPROCS(0); got != max(usual, 2) {
		t.Errorf("%d processors, want %d", got, max(usual, 2))
	}
}

// Where goroutines are kept waiting there are all processors again, however few
// requests there are, and for a while.
func TestPaceWaits(t *testing.T) {
	usual := withProcessors(t)
	p := newPace(http.NotFoundHandler())
	var waited atomic.Int64
	var looks atomic.Int64
	p.waited = func() time.Duration { looks.Add(1); return time.Duration(waited.Load()) }
	stop := p.start()
	defer stop()
	awaitProcessors(t, 1) // control
	waited.Store(int64(time.Second))
	awaitProcessors(t, usual)
	waited.Store(0)
	for seen, end := looks.Load(), time.Now().Add(30*time.Second); looks.Load() < seen+4; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nobody looks")
		}
	}
	if got := runtime.GOMAXPROCS(0); got != usual {
		t.Errorf("%d processors soon after somebody waited, want %d", got, usual)
	}
}

func TestWaitedLong(t *testing.T) {
	for _, tt := range []struct {
		waited time.Duration
		want   bool
	}{{0, false}, {4 * time.Millisecond, false}, {5 * time.Millisecond, true}, {time.Second, true}} {
		if got := waitedLong(tt.waited, lookEvery); got != tt.want {
			t.Errorf("%v of %v: %v", tt.waited, lookEvery, got)
		}
	}
}

// A goroutine that computes keeps others from the only processor.
func TestWaits(t *testing.T) {
	withProcessors(t)
	runtime.GOMAXPROCS(1)
	w := newWaits()
	var stop atomic.Bool
	defer stop.Store(true)
	go func() {
		for n := 0; !stop.Load(); n++ {
		}
	}()
	for end := time.Now().Add(30 * time.Second); !waitedLong(w.sinceLast(), lookEvery); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nobody waited")
		}
	}
}
