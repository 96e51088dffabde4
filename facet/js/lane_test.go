package js

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/facetd/facetd/facet/storage"
)

// sequences checks that numbered messages of several senders arrive complete and
// in each sender's order.
type sequences struct{ next map[uint64]int64 }

func (s *sequences) add(m *Message) error {
	if want := s.next[m.Call]; m.A != want {
		return fmt.Errorf("sender %d: message %d came in place of %d", m.Call, m.A, want)
	}
	s.next[m.Call]++
	if want := numbered(m.Call, m.A).Body; !bytes.Equal(m.Body, want) {
		return fmt.Errorf("sender %d: message %d has %d bytes, or others than those %d that were sent", m.Call, m.A, len(m.Body), len(want))
	}
	return nil
}

// numbered is a sender's message of that number: most fit the lane, some are too
// large for it, and some for its ring.
func numbered(sender uint64, number int64) Message {
	r := rand.New(rand.NewPCG(sender, uint64(number)))
	size := r.IntN(600)
	switch r.IntN(40) {
	case 0:
		size = r.IntN(2 * laneMax)
	case 1:
		size = r.IntN(4 * laneSize)
	}
	return Message{Kind: 54, Call: sender, A: number, Body: bytes.Repeat([]byte{byte(r.Uint32())}, size)}
}

// Control: the checker notices what the stress below is to find.
func TestSequences(t *testing.T) {
	changed := numbered(1, 1)
	changed.Body = append(changed.Body, 0)
	for _, test := range []struct {
		name     string
		messages []Message
		fine     bool
	}{
		{"in order", []Message{numbered(1, 0), numbered(3, 0), numbered(1, 1)}, true},
		{"swapped", []Message{numbered(1, 1), numbered(1, 0)}, false},
		{"lost", []Message{numbered(1, 0), numbered(1, 2)}, false},
		{"twice", []Message{numbered(1, 0), numbered(1, 0)}, false},
		{"changed", []Message{numbered(1, 0), changed}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := sequences{map[uint64]int64{}}
			var err error
			for i := range test.messages {
				err = errors.Join(err, s.add(&test.messages[i]))
			}
			if (err == nil) != test.fine {
				t.Error(err)
			}
		})
	}
}

// Short and long messages, written and not, of several senders at once: whichever
// way each of them takes, all arrive in order.
func TestLanesKeepOrder(t *testing.T) {
	if !alone(t) {
		return
	}
	c, _ := startWithStorage(t, Config{}, storage.Limits{})
	c.want(t, `on[54] = (call, a, s1, s2, s3, body) => {
		if (a % 11 === 0) n.kvPut("k" + call, String(a)); // behind the gate
		if (a % 53 === 0) n.log(1, "line");
		n.post(76, call, a, undefined, undefined, undefined, body);
	}; 1`, "1")
	const senders, count, window = 4, 5000, 100
	var work sync.WaitGroup
	room := make(chan struct{}, senders*window)
	for sender := range senders {
		work.Go(func() {
			call := uint64(2*sender + 1)
			for at := int64(0); at < count; {
				var batch []Message
				for range 1 + rand.IntN(3) {
					if at < count {
						room <- struct{}{}
						batch = append(batch, numbered(call, at))
						at++
					}
				}
				if err := c.Post(batch...); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	s := sequences{map[uint64]int64{}}
	for range senders * count {
		m := c.kind(t, 76)
		<-room
		if err := s.add(&m); err != nil {
			t.Fatal(err)
		}
	}
	work.Wait()
	// Each of the ways was taken.
	if c.in.tail.Load() < 2*laneSize || c.in.longWay == 0 || c.out.tail.Load() < 2*laneSize {
		t.Errorf("%d bytes in by the lane, %d posts the long way, %d bytes out by the lane", c.in.tail.Load(), c.in.longWay, c.out.tail.Load())
	}
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	c.end(t)
}

// newLane is a lane in Go's memory, where the race detector sees it.
func newLane() lane {
	return lane{
		tail: new(atomic.Uint64), head: new(atomic.Uint64), slow: new(atomic.Uint64),
		waiting: new(atomic.Uint32), closed: new(atomic.Uint32), data: make([]byte, laneSize),
	}
}

func TestLane(t *testing.T) {
	l := newLane()
	const count = 20000
	var done atomic.Bool
	go func() {
		w := laneWriter{lane: l}
		for i := int64(0); i < count && !done.Load(); {
			m := numbered(1, i)
			size, err := recordSize(&m)
			if err != nil {
				t.Error(err)
				return
			}
			if size > laneMax { // the long way, which this test has not
				m.Body = nil
				size, _ = recordSize(&m)
			}
			if w.put([]Message{m}, size) {
				i++
			} else {
				runtime.Gosched()
			}
		}
	}()
	defer done.Store(true)
	r := laneReader{lane: l}
	var messages []Message
	for next := int64(0); next < count; {
		r.release()
		var err error
		if messages, err = r.read(messages[:0], r.tail.Load()); err != nil {
			t.Fatal(err)
		}
		for i := range messages {
			want := numbered(1, next)
			if m := messages[i]; m.A != next || m.Body != nil && !bytes.Equal(m.Body, want.Body) {
				t.Fatalf("got message %d with %d bytes in place of %d with %d", m.A, len(m.Body), next, len(want.Body))
			}
			next++
		}
		if len(messages) == 0 {
			runtime.Gosched()
		}
	}
}

// A wake-up for nothing must not leave a reader that sleeps unannounced.
func TestLaneLook(t *testing.T) {
	l := newLane()
	w, r := laneWriter{lane: l}, laneReader{lane: l}
	if w.wakes() || r.look() || !w.wakes() || w.wakes() {
		t.Error("a sleep is not to be ended once")
	}
	if r.look() || !w.wakes() {
		t.Error("after a wake-up for nothing, the next message would wake nobody")
	}
	if !w.put([]Message{{Kind: 1}}, 64) || !r.look() {
		t.Error("a message was not seen")
	}
	r.done = r.tail.Load()
	if r.slow.Store(1); !r.look() {
		t.Error("what takes the long way was not seen")
	}
}

func TestLaneRefuses(t *testing.T) {
	for _, test := range []struct {
		name string
		size int
		set  func(*laneWriter)
		want bool
	}{
		{"nothing else there", 64, func(*laneWriter) {}, true},
		{"the largest", laneMax, func(*laneWriter) {}, true},
		{"too large", laneMax + 8, func(*laneWriter) {}, false},
		{"closed", 64, func(w *laneWriter) { w.closed.Store(1) }, false},
		{"behind the long way", 64, func(w *laneWriter) { w.longWay = 1 }, false},
		{"the long way is taken", 64, func(w *laneWriter) { w.longWay = 1; w.slow.Store(1) }, true},
		{"full", 64, func(w *laneWriter) { w.tail.Store(laneSize) }, false},
		{"full but for the end", 64, func(w *laneWriter) { w.tail.Store(2*laneSize - 56); w.head.Store(laneSize) }, false},
		{"wraps", 64, func(w *laneWriter) { w.tail.Store(2*laneSize - 56); w.head.Store(laneSize + 64) }, true},
		{"a head from nowhere", 64, func(w *laneWriter) { w.head.Store(8) }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := laneWriter{lane: newLane()}
			test.set(&w)
			m := Message{Kind: 1, Body: make([]byte, test.size-recHead-3)[:max(test.size-recHead-8, 0)]}
			if size, err := recordSize(&m); err != nil || size != test.size {
				t.Fatal(size, err)
			}
			if got := w.put([]Message{m}, test.size); got != test.want {
				t.Errorf("put: %v", got)
			}
		})
	}
}

// Whatever the memory that C shares holds: an error, or messages inside of it.
func FuzzLane(f *testing.F) {
	one := make([]byte, 256)
	n := putRecord(one, &Message{Kind: 3, Call: 5, S1: []byte("a"), Body: []byte("body")})
	f.Add(one[:n], uint64(0), uint64(n))
	f.Add(one[:n], uint64(laneSize-8), uint64(laneSize+n))
	f.Add([]byte("pisk"), uint64(8), uint64(laneSize+8))
	f.Add(one[:n], uint64(1), uint64(1<<63))
	f.Fuzz(func(t *testing.T, b []byte, done, end uint64) {
		r := laneReader{lane: newLane(), done: done}
		for at := int(done % laneSize); len(b) > 0; at = 0 {
			b = b[copy(r.data[at:], b):]
		}
		messages, err := r.read(nil, end)
		if err == nil && r.done != end {
			t.Errorf("read up to %d of %d", r.done, end)
		}
		if len(messages)*recHead > laneSize {
			t.Errorf("%d messages of a ring of %d bytes", len(messages), laneSize)
		}
	})
}
