package alarm

import (
	"context"
	"time"
)

// askAfter is how long after an unclean end of a process its object is asked.
const askAfter = time.Second

// Live is a running process that may set its object's alarm.
type Live struct {
	c     *Clock
	key   Key
	ended bool // guarded by c.mu
	// pending is what it said last and has not been taken over yet.
	said    int64
	pending bool
}

// Begin marks an object, on disk, before a process of it is started. name is what
// its id was made of; nil where that is not known.
func (c *Clock) Begin(ctx context.Context, k Key, name *string) (*Live, error) {
	l := &Live{c: c, key: k}
	c.mu.Lock()
	if c.closing {
		c.mu.Unlock()
		return nil, ErrClosed
	}
	if err := c.admit(); err != nil {
		c.mu.Unlock()
		return nil, err
	}
	c.lives[k] = l
	c.urgent = true
	b := c.change(k, func(e *entry) {
		if name != nil {
			e.name, e.hasName = *name, true
		}
		if e.marked && e.at == 0 {
			e.ask(ms(c.now().Add(askAfter))) // given up on, or written off: it lives again
			e.tries, e.steps = 0, 0
		}
		e.marked = true
	})
	c.mu.Unlock()
	if err := c.wait(ctx, b); err != nil {
		l.End(-1)
		return nil, err
	}
	return l, nil
}

// Set says what the alarm is since the latest commit, in milliseconds since the
// epoch; 0: none. It does not block.
func (l *Live) Set(at int64) {
	c := l.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if l.ended {
		return
	}
	if r := c.running[l.key]; r != nil {
		r.changed = true
	}
	l.said = at
	if l.pending { // a flood of these costs one entry
		return
	}
	l.pending = true
	c.change(l.key, func(e *entry) {
		c.mu.Lock()
		at := l.said
		l.pending = false
		c.mu.Unlock()
		e.set(at, ms(c.now()))
	})
	c.look()
}

// End says that the process is over, and what its closed database holds: the alarm,
// 0 for none, or a negative number where that is not known. Only the first counts.
func (l *Live) End(at int64) {
	c := l.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if l.ended {
		return
	}
	l.ended = true
	if c.lives[l.key] != l {
		return // told late: what the next process may have set is not known
	}
	delete(c.lives, l.key)
	c.change(l.key, func(e *entry) {
		if at < 0 {
			if e.tries == 0 || e.at == 0 { // the next try asks, too
				e.ask(ms(c.now().Add(askAfter)))
			}
			return
		}
		e.marked = false
		e.set(at, ms(c.now()))
	})
	c.look()
}
