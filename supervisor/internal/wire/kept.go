package wire

// Kept returns how many bytes the supervisor keeps for the runner at the moment, about:
// what it said of bodies and on sockets that nobody has read, the arguments of its open
// calls, and what it has not taken of what it is told.
func (m *Mux) Kept() int64 {
	m.mu.Lock()
	n := m.unread + m.left + m.incomingBytes + m.socketBytes
	m.mu.Unlock()
	return int64(n + m.queued())
}
