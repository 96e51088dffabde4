package wire

const (
	// spread is what the windows of all calls of a direction add up to before each is
	// made smaller, in bytes: nobody can keep in a process, or have the supervisor
	// keep, many windows full of what is not read. minWindow is the least.
	spread    = 8 << 20
	minWindow = 4 << 10
	// maxInflow and inflowPlace bound what a runner has said of the bodies of its open
	// calls that nobody has read, in bytes, and for each call it may open. A runner that
	// keeps to the shares is always below. The same is kept of answers that it has ended,
	// in bytes, and of each that has no more.
	maxInflow   = 48 << 20
	inflowPlace = 16 << 10
)

// share is how many bytes of one call's body may be on their way to the runner, of
// whose windows it may well have got more. The runtime holds what it sends to the
// same (facet/workers/src/calls/share.ts). m.mu is held.
func (m *Mux) share() int {
	return max(minWindow, min(Window, spread/max(1, len(m.calls)+len(m.incoming))))
}

// arrived counts what was said of a body; m.mu is held.
func (m *Mux) arrived(f *inflow, n int) error {
	f.counted += n
	m.unread += n
	if m.unread > maxInflow+inflowPlace*m.cfg.Incoming {
		return violation("%d bytes of bodies while none are read", m.unread)
	}
	return nil
}

// taken counts what was read of a body, or will not be; m.mu is held.
func (m *Mux) taken(f *inflow, n int) {
	n = min(n, f.counted)
	f.counted -= n
	if f.left {
		m.left -= n
	} else {
		m.unread -= n
	}
}

// leave counts what nobody has read of an answer apart from the others' once the runner
// has ended it; m.mu is held. A runtime does not know of these any more, so it may
// well end many while nobody reads. It is false where that would be too much: the
// answer is then not kept, unless it is small.
func (m *Mux) leave(f *inflow) bool {
	if f.counted > inflowPlace && m.left+f.counted > maxInflow {
		return false
	}
	m.unread -= f.counted
	m.left += f.counted
	f.left = true
	return true
}
