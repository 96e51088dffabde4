package wire

import (
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// What nobody waits for is sent together with what comes within laterDelay, or once
// there are laterFrames of it.
const (
	laterDelay  = 5 * time.Millisecond
	laterFrames = 32
)

// forward answers the call that the runner wants to be answered with the answer to
// this one (RequestHead.forward), and ends both; false where it cannot, and the
// runner is to get the answer and send its own. m.mu is held.
//
// The runner could send the same answer to the same call; it is spared two messages.
// So whatever it names is looked up among the calls that it has to answer, and the
// answer is checked against the limits of the runner's own answers. The output gate
// holds: the request left behind what the runner had written by then, and nothing
// that the runner does later goes into the answer.
func (in *Incoming) forward(head *facetv1.ResponseHead) bool {
	m := in.m
	id := in.Request.GetForward()
	if id == 0 || !head.End || head.WebSocket || m.err != nil {
		return false
	}
	c, n := m.calls[id], len(head.Body)
	if c == nil || c.rpc || c.head != nil || n > c.window || int64(n) > m.cfg.ResponseBytes ||
		m.unread+n > maxInflow || m.left+n > maxInflow {
		return false
	}
	parsed, err := parseHead(head, m.cfg.HeaderBytes, m.cfg.HeaderEntries)
	if err != nil {
		return false // the runner's answer would be refused, and so will it be
	}
	c.head = parsed
	// None of the three fails: there is room.
	_ = c.admit(head.Body)
	_ = m.arrived(&c.inflow, n)
	_ = m.leave(&c.inflow)
	c.received += int64(n)
	c.keep(head.Body)
	c.end()
	// The runner may have given the call up meanwhile, or answered it.
	m.canceled.add(c.id, m.next)
	m.progress.Add(1)
	in.end()
	return true
}

// forwarded is what the runner is told of it. Of the body, which is its reader's by
// then, the first byte is a copy, made while m.mu is held.
func forwarded(call uint64, head *facetv1.ResponseHead) *facetv1.Frame {
	return &facetv1.Frame{Call: call, Kind: &facetv1.Frame_Response{Response: &facetv1.ResponseHead{
		Status: head.Status, StatusText: head.StatusText, Headers: head.Headers,
		Body: append([]byte(nil), head.Body[:min(1, len(head.Body))]...), End: true, Forwarded: true,
	}}}
}

// enqueueLater is enqueue for what nobody waits for: it is sent with others of its
// kind, so that they wake the runner once.
func (m *Mux) enqueueLater(f *facetv1.Frame, size int) {
	o := &m.out
	o.mu.Lock()
	o.later = append(o.later, f)
	o.laterSz = append(o.laterSz, size)
	o.bytes += size + frameCost
	wake := false
	switch len(o.later) {
	case 1:
		if o.timer == nil {
			o.timer = time.AfterFunc(laterDelay, m.sendLater)
		} else {
			o.timer.Reset(laterDelay)
		}
	case laterFrames:
		wake = o.hurry()
	}
	o.mu.Unlock()
	if wake {
		o.signal()
	}
}

// sendLater sends what waits; the timer's function.
func (m *Mux) sendLater() {
	m.out.mu.Lock()
	wake := m.out.hurry()
	m.out.mu.Unlock()
	if wake {
		m.out.signal()
	}
}

// hurry queues what waits, whose bytes are counted, and reports whether the sender is
// to be woken for it; o.mu is held.
func (o *outbox) hurry() (wake bool) {
	if len(o.later) == 0 {
		return false
	}
	o.timer.Stop()
	o.frames = append(o.frames, o.later...)
	o.sizes = append(o.sizes, o.laterSz...)
	clear(o.later)
	o.later, o.laterSz = o.later[:0], o.laterSz[:0]
	return !o.sending
}
