package alarm

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// concurrent is how many objects are being woken at a time, share how many of one
	// namespace, whose handlers may all hang; pace how many are begun in a second,
	// after a burst of share.
	concurrent = 64
	share      = 16
	pace       = 100
	// lookAgain is how often the wall clock is read where nothing seems due: it may
	// have been set, and the machine may have slept.
	lookAgain = 15 * time.Second
	// settle is how long changes that need not be on disk wait for others.
	settle = 20 * time.Millisecond
)

// ErrClosed says that the clock has been closed.
var ErrClosed = errors.New("alarms: the host is closed")

// Key names an object on disk.
type Key struct{ Namespace, ID string }

// Due is a wake-up call.
type Due struct {
	Key
	// Name is what the object's id was made of, where HasName says that it is known.
	Name    string
	HasName bool
	// Scheduled is the alarm that is due, in milliseconds since the epoch; 0 where
	// the object is only asked what it is.
	Scheduled int64
	// Retry counts the earlier runs for it that failed.
	Retry int
	// Drop says that there were too many: the object is to forget it.
	Drop bool
}

// Wake wakes an object and returns when its handler is over. A *Postponed error
// says that it did not come to that for a reason that is not the object's.
type Wake func(context.Context, Due) error

// Postponed is the error of a wake-up that does not count as a try.
type Postponed struct {
	Err   error
	After time.Duration // 0: as after a failure
}

// Error gives the reason.
func (p *Postponed) Error() string { return p.Err.Error() }

// Unwrap returns the reason.
func (p *Postponed) Unwrap() error { return p.Err }

// Clock keeps and runs the alarms of a data directory. Safe for concurrent use.
type Clock struct {
	db     *sql.DB
	log    *slog.Logger
	ctx    context.Context // of the calls
	cancel context.CancelFunc
	wake   chan struct{}
	over   chan struct{} // the loop has ended
	pacer  *rate.Limiter
	now    func() time.Time

	mu      sync.Mutex
	stopped bool // no further call begins
	closing bool
	wakers  map[string]Wake // by namespace
	dirty   map[Key]*change // not written yet
	written *batch          // closed when what is in dirty now is on disk
	urgent  bool            // somebody waits for that
	steps   int             // how many there are in dirty
	failed  error           // of the latest writing
	told    rate.Sometimes  // of that
	running map[Key]*run
	rates   map[Key]time.Time
	lives   map[Key]*Live // the latest of each object, until it ends
	calls   sync.WaitGroup
}

// batch is told how the writing of some changes went.
type batch struct {
	done chan struct{}
	err  error
}

// run is a wake-up under way.
type run struct {
	due     Due
	entry   entry // as it was when the call began
	changed bool  // the object, or code in the supervisor, has set or deleted the alarm since
}

// Open opens the index, a file in a directory that is the caller's alone, and
// begins to look at the time. Nothing is woken before Attach.
func Open(path string, log *slog.Logger) (*Clock, error) { return open(path, log, time.Now) }

func open(path string, log *slog.Logger, now func() time.Time) (*Clock, error) {
	db, err := openIndex(path, now().UnixMilli())
	if err != nil {
		return nil, err
	}
	c := &Clock{
		db: db, log: log, wake: make(chan struct{}, 1), over: make(chan struct{}), now: now,
		pacer:  rate.NewLimiter(pace, share),
		told:   rate.Sometimes{First: 1, Interval: lookAgain},
		wakers: make(map[string]Wake), dirty: make(map[Key]*change), written: newBatch(),
		running: make(map[Key]*run), rates: make(map[Key]time.Time), lives: make(map[Key]*Live),
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	go c.loop()
	return c, nil
}

func newBatch() *batch { return &batch{done: make(chan struct{})} }

// Attach says who wakes the objects of a namespace; a later one replaces it.
func (c *Clock) Attach(namespace string, wake Wake) {
	c.mu.Lock()
	c.wakers[namespace] = wake
	c.mu.Unlock()
	c.look()
}

// Stop begins no further call and returns at once; those under way go on.
func (c *Clock) Stop() {
	c.mu.Lock()
	c.stopped = true
	c.mu.Unlock()
}

// Close ends the calls under way, writes what is not on disk, and closes the
// index.
func (c *Clock) Close() error {
	c.Stop()
	c.cancel()
	c.calls.Wait()
	c.mu.Lock()
	again := c.closing
	c.closing = true
	c.mu.Unlock()
	if again {
		return nil
	}
	c.look()
	<-c.over
	return c.db.Close()
}

// look makes the loop look again.
func (c *Clock) look() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// loop is the only one that uses the database, but for Get.
func (c *Clock) loop() {
	defer close(c.over)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-c.wake:
		case <-timer.C:
		}
		c.gather()
		closing := c.flush()
		if closing {
			return
		}
		timer.Reset(c.begin())
	}
}

// gather lets changes come together before they are written, unless somebody
// waits.
func (c *Clock) gather() {
	c.mu.Lock()
	wait := !c.urgent && !c.closing && len(c.dirty) > 0
	c.mu.Unlock()
	if !wait {
		return
	}
	until := time.NewTimer(settle)
	defer until.Stop()
	for {
		select {
		case <-until.C:
			return
		case <-c.wake:
			c.mu.Lock()
			now := c.urgent || c.closing
			c.mu.Unlock()
			if now {
				return
			}
		}
	}
}

// jitter spreads a delay by a quarter in both directions (fact T24).
func jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.75 + rand.Float64()/2))
}
