package supervisor

import (
	"io"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

// deaf is a runner that asks for the outside once and reads nothing.
type deaf struct {
	said bool
	end  chan struct{}
}

func (d *deaf) Send(*facetv1.Packet) error {
	<-d.end
	return io.EOF
}

func (d *deaf) Recv() (*facetv1.Packet, error) {
	if d.said {
		<-d.end
		return nil, io.EOF
	}
	d.said = true
	return &facetv1.Packet{Frames: []*facetv1.Frame{{Call: 2, Kind: &facetv1.Frame_Request{Request: &facetv1.RequestHead{
		Method: "GET", Url: "http://example.com/", End: true, Target: &facetv1.Target{To: &facetv1.Target_Outbound{Outbound: &facetv1.OutboundTarget{}}},
	}}}}}, nil
}

// drip is a server that sends a byte at a time.
type drip struct{ left int }

func (d *drip) Read(p []byte) (int, error) {
	if d.left == 0 {
		return 0, io.EOF
	}
	d.left--
	p[0] = 'x'
	return 1, nil
}

// A byte that waits for a runner costs about what is counted for it.
func TestHostileDrip(t *testing.T) {
	if alone(t) { // the heap is that of the whole process
		return
	}
	const pieces = 4096
	heap := func() uint64 {
		runtime.GC()
		runtime.GC() // what pools of earlier tests hold goes with the second
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	done := make(chan error, 1)
	d := &deaf{end: make(chan struct{})}
	server := &drip{left: pieces}
	var lost atomic.Bool
	m := wire.New(d, wire.Config{
		Accept: func(in *wire.Incoming) (func(), error) {
			return func() { done <- carry(in, server, 1<<20) }, nil
		},
		Broken: func(*facetv1.Failure) {}, Lost: func(error) { lost.Store(true) },
	})
	defer func() { m.End(io.ErrClosedPipe); close(d.end) }()
	select {
	case err := <-done:
		if err != nil || lost.Load() {
			t.Fatalf("%v; lost: %v", err, lost.Load())
		}
	case <-time.After(patience):
		t.Fatal("the answer is not carried")
	}
	if kept := int64(heap()) - int64(before); kept > 8<<20 {
		t.Errorf("%d bytes that wait are kept in %d", pieces, kept)
	}
	// Control: nothing of what the server sent can have left.
	if server.left != 0 {
		t.Errorf("control: %d bytes were not taken from the server", server.left)
	}
	runtime.KeepAlive(m)
}
