package alarm

import (
	"context"
	"errors"
	"time"
)

// How failed runs are repeated (fact T24): after 2 s, then twice as long each time,
// a quarter more or less; after maxTries runs that failed the alarm is dropped.
const (
	firstRetry = 2 * time.Second
	maxTries   = 7
	maxShift   = 9
	// maxSteps is after how many attempts in a row that came to nothing an object
	// is left alone until it runs again, or the host starts again.
	maxSteps = 16
)

// One object is woken at most so often: every interval, after a burst.
const (
	interval = 100 * time.Millisecond
	burst    = 20
)

// begin begins the calls that are due and returns how long nothing will be.
func (c *Clock) begin() time.Duration {
	c.mu.Lock()
	room := concurrent - len(c.running)
	if c.stopped {
		room = 0
	}
	busy := make(map[string]int)
	for k := range c.running {
		busy[k.Namespace]++
	}
	namespaces := make(map[string]Wake, len(c.wakers))
	for n, w := range c.wakers {
		namespaces[n] = w
	}
	c.mu.Unlock()
	wait := lookAgain
	if room == 0 {
		return wait // the end of a call looks again
	}
	for n, wake := range namespaces {
		mine := min(room, share-busy[n])
		if mine <= 0 {
			continue // the end of one of its calls looks again
		}
		now := c.now()
		// Those that run have rows that are due, too.
		rows, next, err := due(c.ctx, c.db, n, ms(now), mine+busy[n])
		if err != nil {
			if c.ctx.Err() == nil {
				c.log.Error("cannot read the index of alarms", "error", err)
			}
			continue
		}
		if next > 0 {
			wait = min(wait, max(time.UnixMilli(next).Sub(now), time.Millisecond))
		}
		for _, row := range rows {
			if mine == 0 {
				break
			}
			later, begun := c.call(row, wake)
			if begun {
				mine--
				room--
			}
			if later > 0 {
				wait = min(wait, later)
			}
		}
	}
	return wait
}

// call begins a call, unless one is under way, the object has had too many, or all
// objects together have; later says when to try again.
func (c *Clock) call(row dueRow, wake Wake) (later time.Duration, begun bool) {
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running[row.key] != nil || c.dirty[row.key] != nil || c.stopped {
		return 0, false // its end, or the change, looks again
	}
	if later = c.limited(row.key, now); later > 0 {
		return later, false
	}
	if !c.pacer.AllowN(now, 1) {
		return time.Second / pace, false
	}
	c.spend(row.key, now)
	e := row.entry
	r := &run{entry: e, due: Due{Key: row.key, Name: e.name, HasName: e.hasName, Scheduled: e.scheduled, Retry: e.tries, Drop: e.tries >= maxTries}}
	c.running[row.key] = r
	c.calls.Go(func() { c.finish(r, wake(c.ctx, r.due)) })
	return 0, true
}

// limited returns how long the object has to wait for its next call: a generic cell
// rate, whose one time for each object is kept while it matters. c.mu is held.
func (c *Clock) limited(k Key, now time.Time) time.Duration {
	full, ok := c.rates[k]
	if !ok {
		return 0
	}
	return full.Add(-burst * interval).Sub(now)
}

func (c *Clock) spend(k Key, now time.Time) {
	full := c.rates[k]
	if full.Before(now) {
		full = now
	}
	c.rates[k] = full.Add(interval)
	if len(c.rates) > 2048 {
		for k, full := range c.rates {
			if full.Before(now) {
				delete(c.rates, k)
			}
		}
	}
}

// finish takes what came of a call. What the object said meanwhile counts more.
func (c *Clock) finish(r *run, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.running, r.due.Key)
	now := c.now()
	switch {
	case r.changed:
	case err == nil:
		c.change(r.due.Key, func(e *entry) { e.at, e.scheduled, e.tries, e.steps = 0, 0, 0, 0 })
	default:
		c.change(r.due.Key, func(e *entry) { e.again(now, err, r.due.Scheduled > 0 && !r.due.Drop) })
	}
	c.look()
}

// again makes the entry due again after a call that failed.
func (e *entry) again(now time.Time, err error, counts bool) {
	var postponed *Postponed
	delay := jitter(firstRetry << min(e.steps, maxShift))
	switch {
	case errors.Is(err, context.Canceled): // the host closes
		return
	case errors.As(err, &postponed):
		delay = max(delay, postponed.After)
	case counts:
		e.tries++
	}
	if e.steps++; e.steps > maxSteps {
		e.at = 0
		e.marked = true // not known to be without one
		return
	}
	e.at = ms(now.Add(delay))
}
