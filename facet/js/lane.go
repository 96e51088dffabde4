package js

import (
	"encoding/binary"
	"sync/atomic"
)

// As in js.h, in bytes.
const (
	laneSize = 64 << 10
	laneMax  = 16 << 10
	laneSkip = 0x736b6970
)

// lane is one of the rings that js.h describes, seen from Go. The words and the
// data are in C's memory. Package atomic's operations are sequentially consistent,
// as the protocol needs.
type lane struct {
	tail, head, slow *atomic.Uint64
	waiting, closed  *atomic.Uint32
	data             []byte // laneSize
}

// laneWriter is the one writer of a lane.
type laneWriter struct {
	lane
	// longWay counts the commits that the reader has to take before the lane may
	// be used again.
	longWay uint64
}

// put writes the messages, of size bytes together, or nothing: false means that
// they have to go the long way.
func (w *laneWriter) put(messages []Message, size int) bool {
	if size > laneMax || w.closed.Load() != 0 || w.slow.Load() != w.longWay {
		return false
	}
	tail := w.tail.Load()
	used := tail - w.head.Load()
	at := int(tail % laneSize)
	skip := 0
	if rest := laneSize - at; size > rest {
		skip = rest
	}
	if used > laneSize || laneSize-int(used) < skip+size {
		return false
	}
	if skip > 0 {
		binary.LittleEndian.PutUint32(w.data[at:], laneSkip)
		at = 0
	}
	for i := range messages {
		at += putRecord(w.data[at:], &messages[i])
	}
	w.tail.Store(tail + uint64(skip+size))
	return true
}

// wakes reports whether the reader sleeps and has to be woken, and by whoever
// asked.
func (l *lane) wakes() bool {
	return l.waiting.Load() != 0 && l.waiting.Swap(0) != 0
}

// laneReader is the one reader of a lane.
type laneReader struct {
	lane
	done uint64 // where the messages that were read end
}

// release gives the room of the messages that were read back to the writer.
func (r *laneReader) release() {
	if r.head.Load() != r.done {
		r.head.Store(r.done)
	}
}

// look reports whether there is anything to read, before the reader sleeps and at
// each wake-up. It announces the sleep first, since what came before woke nobody,
// and each time: a writer that saw an earlier sleep may have ended this one for
// what has been read meanwhile, and nobody else would be woken then.
func (r *laneReader) look() bool {
	r.waiting.Store(1)
	return r.tail.Load() != r.done || r.slow.Load() != 0
}

// read appends the messages up to the position end; they point into the lane and
// are valid until release.
func (r *laneReader) read(to []Message, end uint64) ([]Message, error) {
	if end-r.done > laneSize || (end|r.done)%8 != 0 {
		return to, errRecords
	}
	for r.done != end {
		at := r.done % laneSize
		left := min(end-r.done, laneSize-at)
		b := r.data[at : at+left : at+left]
		if binary.LittleEndian.Uint32(b) == laneSkip {
			r.done += left
			continue
		}
		m, size, err := parseRecord(b)
		if err != nil {
			return to, err
		}
		to = append(to, m)
		r.done += size
	}
	return to, nil
}
