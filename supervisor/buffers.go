package supervisor

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/instance"
)

const (
	// buffersTick is how often the buffers are added up. One process that has the
	// machine to itself can fill some hundred MiB in it.
	buffersTick = 100 * time.Millisecond
	// buffersShare is the part of the machine's memory that they may take by default,
	// and minBuffers the least, in bytes. Go's collector may let a heap grow to twice
	// what is alive in it.
	buffersShare = 8
	minBuffers   = 256 << 20
)

// buffers watch over what the host keeps for its instances. Each has bounds of its
// own, which allow for bodies and values as large as they may be; many that use them
// up on purpose would be the end of the host. As the kernel does where a machine's
// memory is used up, the one that takes most is ended.
type buffers struct {
	most int64

	some chan struct{} // there may be instances

	mu   sync.Mutex
	live map[*instance.Instance]struct{}
}

func newBuffers(most int64) *buffers {
	return &buffers{most: most, some: make(chan struct{}, 1), live: make(map[*instance.Instance]struct{})}
}

// add watches over an instance until remove.
func (b *buffers) add(i *instance.Instance) {
	b.mu.Lock()
	b.live[i] = struct{}{}
	b.mu.Unlock()
	select {
	case b.some <- struct{}{}:
	default:
	}
}

func (b *buffers) remove(i *instance.Instance) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.live, i)
}

// run looks until ctx ends.
func (b *buffers) run(ctx context.Context) {
	for {
		var tick <-chan time.Time
		if b.look() {
			tick = time.After(buffersTick)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick:
		case <-b.some:
		}
	}
}

// holder is an instance, and what is kept for it, in bytes.
type holder struct {
	instance *instance.Instance
	bytes    int64
}

// kept adds up what is kept for all instances.
func (b *buffers) kept() (holders []holder, sum int64) {
	b.mu.Lock()
	all := slices.Collect(maps.Keys(b.live))
	b.mu.Unlock()
	for _, i := range all {
		h := holder{instance: i}
		if m := i.Mux(); m != nil { // it has one from its assignment on
			h.bytes = m.Kept()
		}
		holders = append(holders, h)
		sum += h.bytes
	}
	return holders, sum
}

// look ends instances, the one with most first, until the others keep to the bound. It
// reports whether there are any.
func (b *buffers) look() bool {
	holders, sum := b.kept()
	if sum <= b.most {
		return len(holders) > 0
	}
	slices.SortFunc(holders, func(x, y holder) int { return cmp.Compare(y.bytes, x.bytes) })
	for _, h := range holders {
		if sum <= b.most {
			break
		}
		v := fault.New(fault.OOM, "the host kept %d KiB for it, more than for any other, and more than it may for all", h.bytes>>10)
		v.Layer, v.Hint = "host", "the limit for all facets together is Config.Buffers"
		h.instance.Kill(v)
		sum -= h.bytes
	}
	return true
}

// defaultBuffers is a part of the machine's memory.
func defaultBuffers() int64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return minBuffers
	}
	return max(minBuffers, int64(info.Totalram)*int64(info.Unit)/buffersShare)
}
