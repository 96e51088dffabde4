package wire

import (
	"errors"
	"testing"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
)

// The end of an answer does not free the memory of what nobody has read of it. Beyond a
// bound answers are not kept but for small ones; the runner, which cannot know who
// reads, goes on.
func TestUnreadAnswersAreBounded(t *testing.T) {
	const fit = maxInflow / Window
	m, s, calls, lost := counting(t, 3*fit+2)
	whole := func(c *Call, size int) {
		s.recv <- &facetv1.Packet{Frames: []*facetv1.Frame{head(c.id, "", false), chunk(c.id, size, true)}}
	}
	for _, c := range calls[:fit] {
		whole(c, Window)
	}
	// Whoever reads an answer or does not want it makes room.
	for i, c := range calls[:fit] {
		waitFor(t, "the answer is there", c.Pending)
		switch i % 3 {
		case 0:
			c.Cancel(errNotTaken)
		case 1:
			if b, err := c.Next(t.Context()); len(b) != Window || err != nil {
				t.Fatal(len(b), err)
			}
		case 2:
			if b, ok := c.Complete(); !ok || len(b) != Window {
				t.Fatal(len(b), ok)
			}
		}
	}
	m.mu.Lock()
	unread, left := m.unread, m.left
	m.mu.Unlock()
	if unread != 0 || left != 0 {
		t.Errorf("%d and %d bytes are counted after all were read or given up", unread, left)
	}
	for _, c := range calls[fit : 3*fit] {
		whole(c, Window)
	}
	for i, c := range calls[fit : 3*fit] {
		var busy *fault.BusyError
		if _, err := c.Head(t.Context()); (i < fit) != (err == nil) || i >= fit && !errors.As(err, &busy) {
			t.Fatalf("answer %d of %d that fit: %v", i, fit, err)
		}
	}
	whole(calls[3*fit], inflowPlace)
	waitFor(t, "a small one is kept", calls[3*fit].Pending)
	calls[fit].Cancel(errNotTaken)
	whole(calls[3*fit+1], Window-inflowPlace)
	waitFor(t, "control: there is room again", calls[3*fit+1].Pending)
	m.mu.Lock()
	unread, left = m.unread, m.left
	m.mu.Unlock()
	if unread != 0 || left != maxInflow {
		t.Errorf("%d and %d bytes are counted", unread, left)
	}
	select {
	case err := <-lost:
		t.Error(err)
	default:
	}
}

// An answer that the supervisor passes on for the runner counts like its own.
func TestUnreadForwardedAnswersAreBounded(t *testing.T) {
	const fit = maxInflow / Window
	body := string(make([]byte, Window))
	m, p, _ := accepting(t, nil, func(in *Incoming) { in.Respond(textHead(body, true)) })
	for i := range uint64(fit) {
		call := asked(t, m, p)
		p.say(forwarding(2+2*i, call.id))
		waitFor(t, "the answer is passed on", call.Pending)
	}
	m.mu.Lock()
	unread, left := m.unread, m.left
	m.mu.Unlock()
	if unread != 0 || left != maxInflow {
		t.Errorf("%d and %d bytes are counted", unread, left)
	}
	call := asked(t, m, p)
	p.say(forwarding(2+2*fit, call.id))
	for f := range p.sent {
		if f.Call == 2+2*fit {
			if f.GetResponse().GetForwarded() || call.Pending() {
				t.Error("one more was passed on")
			}
			return
		}
	}
}
