package alarm

import (
	"context"
	"errors"
	"time"
)

// errTime refuses what is no time.
var errTime = errors.New("alarms: a time before 1970 or after 2189 is none: give another, or delete the alarm")

const latest = 6942585600000 // the end of the year 2189, as the peer has it

// Get returns the alarm of an object whose truth is the index itself: one of code in
// the supervisor. The zero time means none; while the handler runs there is none
// unless it was set anew (fact T23).
func (c *Clock) Get(ctx context.Context, k Key) (time.Time, error) {
	c.mu.Lock()
	if c.closing {
		c.mu.Unlock()
		return time.Time{}, ErrClosed
	}
	b := c.written
	c.urgent = c.urgent || c.dirty[k] != nil
	wait := c.dirty[k] != nil
	r := c.running[k]
	hidden := r != nil && !r.changed
	c.mu.Unlock()
	if hidden {
		return time.Time{}, nil
	}
	if wait {
		if err := c.wait(ctx, b); err != nil {
			return time.Time{}, err
		}
	}
	e, err := load(ctx, c.db, k)
	if err != nil || e.scheduled == 0 {
		return time.Time{}, err
	}
	return time.UnixMilli(e.scheduled), nil
}

// Put sets the alarm of such an object and returns when that is on disk; the zero
// time deletes it. A time that has passed means now.
func (c *Clock) Put(ctx context.Context, k Key, name string, at time.Time) error {
	var when int64
	if !at.IsZero() {
		if when = ms(at); when <= 0 || when >= latest {
			return errTime
		}
		when = max(when, ms(c.now()))
	}
	c.mu.Lock()
	if c.closing {
		c.mu.Unlock()
		return ErrClosed
	}
	if err := c.admit(); err != nil {
		c.mu.Unlock()
		return err
	}
	if r := c.running[k]; r != nil {
		r.changed = true
	}
	c.urgent = true
	b := c.change(k, func(e *entry) {
		e.name, e.hasName = name, true
		e.at, e.scheduled, e.tries, e.steps = when, when, 0, 0
	})
	c.mu.Unlock()
	return c.wait(ctx, b)
}
