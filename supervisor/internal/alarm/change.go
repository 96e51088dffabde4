package alarm

import (
	"context"
	"fmt"
	"time"
)

// maxUnwritten is how many steps may wait for an index that cannot be written, a full
// disk say, before no process is begun and no alarm set any more: each who tries again
// would leave another. What processes say that run is bounded by their number.
const maxUnwritten = 1000

// change is what is to be done with a row: functions, in order.
type change struct{ steps []func(*entry) }

// change adds a step for a row and returns what tells when it is on disk; c.mu is
// held.
func (c *Clock) change(k Key, step func(*entry)) *batch {
	ch := c.dirty[k]
	if ch == nil {
		ch = &change{}
		c.dirty[k] = ch
	}
	ch.steps = append(ch.steps, step)
	c.steps++
	return c.written
}

// admit refuses what would only wait with a great many others; c.mu is held.
func (c *Clock) admit() error {
	if c.failed == nil || c.steps < maxUnwritten {
		return nil
	}
	return fmt.Errorf("alarms: %d changes wait for their index, which cannot be written: %w", c.steps, c.failed)
}

// wait waits for a batch.
func (c *Clock) wait(ctx context.Context, b *batch) error {
	c.look()
	select {
	case <-b.done:
		return b.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// flush writes the changes in one transaction and tells those who wait. It reports
// whether the clock closes.
func (c *Clock) flush() (closing bool) {
	c.mu.Lock()
	list, b := c.dirty, c.written
	c.dirty, c.written, c.urgent, c.steps = make(map[Key]*change), newBatch(), false, 0
	closing = c.closing
	c.mu.Unlock()
	if len(list) > 0 {
		if b.err = c.write(list); b.err != nil {
			c.told.Do(func() { c.log.Error("cannot write the index of alarms", "error", b.err) })
		}
		c.wrote(list, b.err)
	}
	close(b.done)
	return closing
}

// wrote keeps changes that could not be written, ahead of newer ones.
func (c *Clock) wrote(list map[Key]*change, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed = err; err == nil {
		return
	}
	for k, old := range list {
		c.steps += len(old.steps)
		if newer := c.dirty[k]; newer != nil {
			old.steps = append(old.steps, newer.steps...)
		}
		c.dirty[k] = old
	}
}

func (c *Clock) write(list map[Key]*change) error {
	ctx := context.Background() // local and short; a change must not be half applied
	tx, err := c.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for k, ch := range list {
		e, err := load(ctx, tx, k)
		if err != nil {
			return err
		}
		before := e
		for _, step := range ch.steps {
			step(&e)
		}
		if e == before {
			continue
		}
		if err := store(ctx, tx, k, &e); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// set makes the entry that of an alarm; 0: none. Retries of another alarm are over.
// One in the past is due now, behind what is due already: objects that set theirs to
// the year 1970 again and again would always be first.
func (e *entry) set(ms, now int64) {
	if e.scheduled == ms && e.tries > 0 && e.at > 0 {
		return // its next try is due at another time
	}
	e.at, e.scheduled, e.tries, e.steps = ms, ms, 0, 0
	if ms > 0 {
		e.at = max(ms, now)
	}
}

// ask makes the entry due at a time, unless it is due sooner.
func (e *entry) ask(at int64) {
	if e.at == 0 || e.at > at {
		e.at = at
	}
}

func ms(t time.Time) int64 { return t.UnixMilli() }
