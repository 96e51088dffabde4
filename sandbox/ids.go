package sandbox

import (
	"errors"
	"fmt"
	"sync"
)

// IDRange is a range of user ids on the host, used as group ids too. Nobody
// else may use them: each is given to one living process at a time.
type IDRange struct {
	First uint32 // 0: 1_900_000_000
	Count uint32 // 0: 65_536
}

func (r IDRange) withDefaults() IDRange {
	if r.First == 0 {
		r.First = 1_900_000_000
	}
	if r.Count == 0 {
		r.Count = 65_536
	}
	return r
}

func (r IDRange) check() error {
	// 2^32-1 means "no change" in the set*id calls, 2^31 and above is
	// negative to some tools.
	if r.Count < 1 || r.First == 0 || uint64(r.First)+uint64(r.Count) > 1<<31 {
		return fmt.Errorf("user id range %d+%d: want ids from 1 to 2147483647", r.First, r.Count)
	}
	return nil
}

// idPool hands out ids round robin, so that one just given back rests longest.
type idPool struct {
	mu   sync.Mutex
	r    IDRange
	next uint32
	used map[uint32]bool
}

func newIDPool(r IDRange) *idPool { return &idPool{r: r, used: map[uint32]bool{}} }

var errNoIDs = errors.New("all user ids of the range are in use: enlarge the launcher's range")

func (p *idPool) take() (uint32, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.used) >= int(p.r.Count) {
		return 0, errNoIDs
	}
	for {
		id := p.r.First + p.next
		if p.next++; p.next == p.r.Count {
			p.next = 0
		}
		if !p.used[id] {
			p.used[id] = true
			return id, nil
		}
	}
}

func (p *idPool) give(id uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.used, id)
}
