//go:build linux && amd64

package acceptance

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// ask makes one request to testdata/ledger.js. Status 0 means that no answer, or
// only part of one, came.
type ask func(path string) (status int, body string)

// ledger is the client's record of what testdata/ledger.js has acknowledged.
type ledger struct {
	next atomic.Int64 // ids are never used twice

	mu    sync.Mutex
	acked map[int]bool
	count int // the largest that an answer has shown, reads included
	// broken counts requests that were not acknowledged: those a kill has hit.
	broken int
}

func newLedger() *ledger { return &ledger{acked: map[int]bool{}} }

func (l *ledger) size() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.acked)
}

// saw records a count that an answer has shown.
func (l *ledger) saw(id, count int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if id >= 0 {
		l.acked[id] = true
	}
	l.count = max(l.count, count)
}

// load is clients at work.
type load struct {
	clients sync.WaitGroup
	stopped chan struct{}
}

// begin puts writers and a reader to work. Each ends with the first request that
// is not acknowledged, whose status must be one of allowed.
func (l *ledger) begin(t *testing.T, do ask, writers int, allowed ...int) *load {
	work := &load{stopped: make(chan struct{})}
	for n := range writers + 1 {
		work.clients.Go(func() {
			for !work.over() {
				id, path := -1, "/read"
				if n > 0 {
					id = int(l.next.Add(1))
					path = fmt.Sprintf("/write?id=%d", id)
				}
				status, body := do(path)
				if status != 200 {
					if !slices.Contains(allowed, status) {
						t.Errorf("%s: status %d %.200q, want one of 200 %v", path, status, body, allowed)
					}
					l.mu.Lock()
					l.broken++
					l.mu.Unlock()
					return
				}
				count, err := strconv.Atoi(body)
				if err != nil {
					t.Errorf("%s: answer %.200q", path, body)
					return
				}
				l.saw(id, count)
			}
		})
	}
	return work
}

func (w *load) over() bool {
	select {
	case <-w.stopped:
		return true
	default:
		return false
	}
}

// end stops those clients that still work and waits for all.
func (w *load) end() {
	close(w.stopped)
	w.clients.Wait()
}

// randomMoment waits until some more writes are acknowledged, and then until no
// particular moment: a kill hits any step of a request.
func (l *ledger) randomMoment(t *testing.T) {
	t.Helper()
	size := l.size() + 1 + rand.IntN(25)
	eventually(t, "acknowledged writes", func() bool { return t.Failed() || l.size() >= size })
	<-time.After(time.Duration(rand.IntN(4000)) * time.Microsecond)
}

// summary describes what the ledgers saw, and fails the test where no kill has hit
// a request.
func summary(t *testing.T, kills int, ledgers map[string]*ledger) {
	t.Helper()
	acked, broken := 0, 0
	for _, l := range ledgers {
		acked, broken = acked+len(l.acked), broken+l.broken
	}
	if broken < kills {
		t.Errorf("%d kills hit %d requests: they did not come under load", kills, broken)
	}
	t.Logf("%d kills, %d acknowledged writes, %d requests broken off", kills, acked, broken)
}

// balanced fails the test where what the facet has does not match what it
// acknowledged, or does not match itself.
func (l *ledger) balanced(t *testing.T, do ask) {
	t.Helper()
	status, body := do("/check")
	if status != 200 {
		t.Fatalf("check: status %d %.300q", status, body)
	}
	var got struct {
		Count, Broken, Balance int
		IDs                    []int
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	l.contained(t, got.IDs)
	l.mu.Lock()
	defer l.mu.Unlock()
	if got.Count < l.count {
		t.Errorf("the count went back: an answer showed %d, now it is %d", l.count, got.Count)
	}
	if got.Count != len(got.IDs) || got.Broken != 0 || got.Balance != 0 {
		t.Errorf("half-done writes: count %d, entries %d, broken %d, balance %d", got.Count, len(got.IDs), got.Broken, got.Balance)
	}
}

// contained fails the test where an acknowledged write is not among ids.
func (l *ledger) contained(t *testing.T, ids []int) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	there := make(map[int]bool, len(ids))
	for _, id := range ids {
		there[id] = true
	}
	for id := range l.acked {
		if !there[id] {
			t.Errorf("the acknowledged write %d is missing", id)
		}
	}
}
