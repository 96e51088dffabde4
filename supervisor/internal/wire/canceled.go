package wire

// keepCanceled is how many cancelled calls are remembered one by one.
const keepCanceled = 1024

// canceledSet remembers calls that the supervisor cancelled: what the runner
// still says about them was on its way and is dropped. Calls are numbered in
// order, so when the set is full everything below the oldest entry that had to
// go counts as cancelled, too.
type canceledSet struct {
	ids   map[uint64]struct{}
	order []uint64
	head  int
	floor uint64
}

func (s *canceledSet) add(id, next uint64) {
	if s.ids == nil {
		s.ids = make(map[uint64]struct{})
	}
	s.ids[id] = struct{}{}
	if len(s.order) < keepCanceled {
		s.order = append(s.order, id)
		return
	}
	old := s.order[s.head]
	s.order[s.head] = id
	s.head = (s.head + 1) % keepCanceled
	delete(s.ids, old)
	if old < next && old > s.floor {
		s.floor = old
	}
}

func (s *canceledSet) has(id uint64) bool {
	if id <= s.floor {
		return true
	}
	_, ok := s.ids[id]
	return ok
}
