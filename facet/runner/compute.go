package runner

import (
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/facetd/facetd/facet/internal/compute"
	"github.com/facetd/facetd/facet/js"
	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// computer answers what crypto.subtle and CompressionStream ask for, one after the other: what they
// take of the processor is never more than a thread's. The runtime has at most 256
// under way. A call for which they have used up its CPU time gets no more of them.
type computer struct {
	// answer posts to the engine.
	answer func(js.Message)
	// limit is the CPU time for each call; 0: none.
	limit time.Duration
	spent map[int64]time.Duration // the goroutine's alone

	mu      sync.Mutex
	queue   []computation
	running bool
}

// maxSpent bounds the calls that are remembered.
const maxSpent = 4096

type computation struct {
	call       uint64
	owner      int64 // the call on whose behalf it is made
	text, body []byte
}

// add takes a request, whose bytes are copied.
func (c *computer) add(m *js.Message) {
	one := computation{m.Call, m.A, append([]byte{}, m.S1...), append([]byte{}, m.Body...)}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = append(c.queue, one)
	if !c.running {
		c.running = true
		go c.run()
	}
}

// run answers until nothing waits.
func (c *computer) run() {
	runtime.LockOSThread() // whose CPU time is measured
	defer runtime.UnlockOSThread()
	for {
		c.mu.Lock()
		if len(c.queue) == 0 {
			c.queue, c.running = nil, false
			c.mu.Unlock()
			return
		}
		one := c.queue[0]
		c.queue[0] = computation{}
		c.queue = c.queue[1:]
		c.mu.Unlock()
		c.answer(c.charge(&one))
	}
}

// charge computes on the owner's account.
func (c *computer) charge(one *computation) js.Message {
	if c.limit > 0 && c.spent[one.owner] >= c.limit {
		return one.failed("Error", "Worker exceeded CPU time limit.")
	}
	before := threadTime()
	m := one.message()
	if c.spent == nil || len(c.spent) >= maxSpent {
		c.spent = map[int64]time.Duration{}
	}
	c.spent[one.owner] += threadTime() - before
	return m
}

// threadTime is what the thread has used of the processor (clock_gettime(2)).
func threadTime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) != nil {
		return 0 // the kernel has had this clock since 2.6
	}
	return time.Duration(t.Nano())
}

func (one *computation) message() js.Message {
	result, failure := compute.Answer(one.text, one.body)
	if failure != nil {
		return one.failed(failure.Name, failure.Message)
	}
	return js.Message{Kind: js.InHostResult, Call: one.call, Body: result}
}

func (one *computation) failed(name, message string) js.Message {
	return js.Message{Kind: js.InHostError, Call: one.call, A: int64(facetv1.Failure_KIND_INTERNAL), S1: []byte(name), S2: []byte(message)}
}
