package wire

import (
	"sync"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// inlineCalls is how many calls may be under way for a caller to send its own
// frame. Above it the sender's coalescing is worth more than the hand-over
// costs.
const inlineCalls = 2

// frameCost is about what a queued frame takes beside its content, in bytes.
const frameCost = 256

// outbox is the queue of frames on their way to the runner. Its length is
// bounded by the windows and number of the calls: what a call that was given up
// has in it is taken out again, since a runner that does not read would keep it
// there.
type outbox struct {
	wake chan struct{}

	mu      sync.Mutex
	frames  []*facetv1.Frame
	sizes   []int
	spare   []*facetv1.Frame
	spareSz []int
	sending bool
	bytes   int       // of the frames queued or being sent; see queued
	since   time.Time // when the packet under way was begun; zero: none is
	packet  facetv1.Packet
	later   []*facetv1.Frame // see enqueueLater
	laterSz []int
	timer   *time.Timer // runs while later holds any
}

// retract takes a call's frames out of the queue and reports whether the one
// that opens it was among them: then the runner never hears of the call.
func (m *Mux) retract(call uint64) (unheard bool) {
	o := &m.out
	var lost []*facetv1.Ref
	defer func() { m.unsent(lost) }()
	o.mu.Lock()
	defer o.mu.Unlock()
	kept := 0
	for i, f := range o.frames {
		if f.Call == call {
			switch k := f.Kind.(type) {
			case *facetv1.Frame_Request:
				unheard = true
			case *facetv1.Frame_RpcCall:
				unheard, lost = true, k.RpcCall.Refs
			}
			o.bytes -= o.sizes[i] + frameCost
			continue
		}
		o.frames[kept], o.sizes[kept] = f, o.sizes[i]
		kept++
	}
	clear(o.frames[kept:])
	o.frames, o.sizes = o.frames[:kept], o.sizes[:kept]
	return unheard
}

// giveUp tells the runner that a call's answer is not wanted.
func (m *Mux) giveUp(call uint64) {
	if !m.retract(call) {
		m.enqueue(&facetv1.Frame{Call: call, Kind: &facetv1.Frame_Cancel{Cancel: &facetv1.Cancel{}}}, 16)
	}
}

// Stalled returns for how long the runner has not taken the packet that is being
// sent; 0 where none is.
func (m *Mux) Stalled(now time.Time) time.Duration {
	m.out.mu.Lock()
	defer m.out.mu.Unlock()
	if m.out.since.IsZero() {
		return 0
	}
	return now.Sub(m.out.since)
}

// push appends a frame of about size bytes; o.mu is held.
func (o *outbox) push(f *facetv1.Frame, size int) {
	o.frames = append(o.frames, f)
	o.sizes = append(o.sizes, size)
	o.bytes += size + frameCost
}

// enqueue queues a frame of about size bytes for the sender. It never blocks.
func (m *Mux) enqueue(f *facetv1.Frame, size int) {
	o := &m.out
	o.mu.Lock()
	o.push(f, size)
	busy := o.sending
	o.mu.Unlock()
	if !busy {
		o.signal()
	}
}

// enqueueNow is enqueue for the frame that opens a call: where the connection
// is quiet the caller sends it itself. It may block while the runner does not
// read, until the owner ends the stream, so only callers of the application
// use it.
func (m *Mux) enqueueNow(f *facetv1.Frame, size int) {
	o := &m.out
	o.mu.Lock()
	o.push(f, size)
	if !o.sending && size < 16<<10 && m.active.Load() <= inlineCalls {
		o.sending = true
		ok := m.flush()
		o.sending = false
		more := ok && len(o.frames) > 0
		o.mu.Unlock()
		if more {
			o.signal()
		}
		return
	}
	busy := o.sending
	o.mu.Unlock()
	if !busy {
		o.signal()
	}
}

// queued returns how many bytes wait to be sent, or are being sent, with those
// that keeping them costs.
func (m *Mux) queued() int {
	m.out.mu.Lock()
	defer m.out.mu.Unlock()
	return m.out.bytes
}

func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

func (m *Mux) send() {
	o := &m.out
	for {
		select {
		case <-o.wake:
		case <-m.done:
			return
		}
		o.mu.Lock()
		if !o.sending {
			o.sending = true
			for len(o.frames) > 0 && m.flush() {
			}
			o.sending = false
		}
		o.mu.Unlock()
	}
}

// flush sends what is queued as packets. o.mu is held on entry and exit but not
// while sending; o.sending keeps others out. It returns false where the stream
// failed, which the receiver reports.
func (m *Mux) flush() bool {
	o := &m.out
	frames, sizes := o.frames, o.sizes
	o.frames, o.sizes = o.spare[:0], o.spareSz[:0]
	ok := true
	for start := 0; start < len(frames) && ok; {
		o.since = time.Now()
		o.mu.Unlock()
		end, total := start+1, sizes[start]
		for end < len(frames) && total+sizes[end] <= MaxPacket {
			total += sizes[end]
			end++
		}
		o.packet.Frames = frames[start:end]
		ok = m.stream.Send(&o.packet) == nil
		start = end
		o.mu.Lock()
	}
	o.since = time.Time{}
	clear(frames)
	for _, size := range sizes {
		o.bytes -= size + frameCost
	}
	o.spare, o.spareSz = frames[:0], sizes[:0]
	return ok
}
