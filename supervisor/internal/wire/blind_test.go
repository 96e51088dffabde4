package wire

import (
	"errors"
	"testing"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/refs"
)

// A runner that answers calls which it never read, by the numbers that they will have,
// must not have the supervisor's memory filled with them by whoever calls it.
func TestCallsToABlindRunnerAreBounded(t *testing.T) {
	m, s, _ := deaf(t, nil)
	args := make([]byte, 1<<20)
	var busy *fault.BusyError
	for id := uint64(1); ; id += 2 {
		if id > 1000 {
			t.Fatal("calls without end are queued")
		}
		answered := make(chan error, 1)
		go func() {
			_, err := m.Call(t.Context(), Method{Name: "x", Args: args})
			answered <- err
		}()
		for m.Active() == 0 && len(answered) == 0 {
			time.Sleep(50 * time.Microsecond)
		}
		if len(answered) == 0 {
			s.say <- &facetv1.Packet{Frames: []*facetv1.Frame{resultWith(id)}}
		}
		if err := <-answered; errors.As(err, &busy) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if q := m.queued(); q > maxQueued+2<<20 {
		t.Errorf("%d MiB are queued", q>>20)
	}
}

// The same for a request's body, which the runner credits without reading it.
func TestBodyToABlindRunnerIsBounded(t *testing.T) {
	m, s, _ := deaf(t, nil)
	// The head must not be sent by its own caller, who would wait for it.
	c, err := m.Fetch(&facetv1.RequestHead{Method: "POST", HasBody: true, Body: make([]byte, Window)})
	if err != nil {
		t.Fatal(err)
	}
	piece := make([]byte, maxChunk)
	credit := func(n uint32) {
		s.say <- &facetv1.Packet{Frames: []*facetv1.Frame{{Call: c.id, Kind: &facetv1.Frame_Credit{Credit: &facetv1.Credit{Bytes: n}}}}}
	}
	credit(Window)
	for range 1 << 30 / maxChunk {
		n, err := c.Write(t.Context(), piece)
		var busy *fault.BusyError
		if errors.As(err, &busy) {
			if _, err := c.Head(t.Context()); !errors.As(err, &busy) {
				t.Errorf("the call goes on: %v", err)
			}
			return
		}
		if err != nil || n != maxChunk {
			t.Fatal(n, err)
		}
		credit(maxChunk)
	}
	t.Errorf("%d MiB are queued", m.queued()>>20)
}

// The same for releases of exports, which another runner drops as they come.
func TestExportsOfABlindRunnerAreBounded(t *testing.T) {
	tbl := table()
	s := talker{make(chan struct{}), make(chan *facetv1.Packet)}
	lost := make(chan error, 1)
	m := New(s, Config{Broken: func(*facetv1.Failure) {}, Lost: func(err error) { lost <- err }, Refs: tbl})
	t.Cleanup(func() { m.End(errors.New("over")); close(s.over) })
	list := make([]*facetv1.Ref, refs.MaxRefs)
	for i := range list {
		list[i] = export(uint64(i) + 1)
	}
	for range 2000 {
		caps, _, err := tbl.Receive(list, nil)
		if err != nil {
			t.Fatal(err)
		}
		refs.Drop(caps...)
		select {
		case err := <-lost:
			if !IsViolation(err) {
				t.Errorf("%v", err)
			}
			return
		default:
		}
	}
	t.Errorf("%d MiB are queued", m.queued()>>20)
}
