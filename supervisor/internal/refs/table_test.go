package refs

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// runner is the honest other end of a table: it counts as the contract says.
type runner struct {
	t      *Table
	mu     sync.Mutex
	counts map[uint64]int
}

func newRunner(name string) *runner {
	r := &runner{counts: make(map[uint64]int)}
	r.t = New(name, func(ref *facetv1.Ref, props []Cap) (Cap, error) {
		if ref.GetTarget().GetFacet() != nil {
			return Cap{}, errors.New("denied")
		}
		return Cap{Kind: ref.Kind, Durable: fmt.Sprint(ref.GetTarget().GetEntrypoint().GetName(), props), Bytes: 100}, nil
	})
	r.t.Attach(func(number uint64, count uint32) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.counts[number] -= int(count); r.counts[number] == 0 {
			delete(r.counts, number)
		}
	})
	return r
}

// sends takes a message of the runner with exports.
func (r *runner) sends(t *testing.T, exports ...uint64) []Cap {
	t.Helper()
	var list []*facetv1.Ref
	r.mu.Lock()
	for _, n := range exports {
		r.counts[n]++
		list = append(list, &facetv1.Ref{To: &facetv1.Ref_Export{Export: n}, Kind: facetv1.Ref_KIND_FUNCTION})
	}
	r.mu.Unlock()
	caps, _, err := r.t.Receive(list, nil)
	if err != nil {
		t.Error(err)
	}
	return caps
}

func (r *runner) gets(t *testing.T, caps []Cap) (handles, yours []uint64) {
	t.Helper()
	s, err := r.t.Send(caps)
	if err != nil {
		t.Error(err)
	}
	s.Done()
	for _, ref := range s.Refs {
		if n := ref.GetHandle(); n != 0 {
			handles = append(handles, n)
		} else {
			yours = append(yours, ref.GetYours())
		}
	}
	return handles, yours
}

func (r *runner) forwards(t *testing.T, handles ...uint64) []Cap {
	t.Helper()
	var list []*facetv1.Ref
	for _, n := range handles {
		list = append(list, &facetv1.Ref{To: &facetv1.Ref_Handle{Handle: n}, Kind: facetv1.Ref_KIND_FUNCTION})
	}
	caps, _, err := r.t.Receive(list, nil)
	if err != nil {
		t.Error(err)
	}
	return caps
}

func (r *runner) empty(t *testing.T, what string) {
	t.Helper()
	h, e := r.t.Counts()
	r.mu.Lock()
	defer r.mu.Unlock()
	if h != 0 || e != 0 || len(r.counts) != 0 {
		t.Errorf("%s: %d handles, %d exports, %v with the runner", what, h, e, r.counts)
	}
}

func TestExportIsForgottenByTheLast(t *testing.T) {
	a, b, c := newRunner("a"), newRunner("b"), newRunner("c")
	hb, _ := b.gets(t, a.sends(t, 1, 1, 2))
	hc, _ := c.gets(t, b.forwards(t, hb[0]))
	for _, h := range hb {
		if !b.t.Release(h) {
			t.Error("a handle that was given is not known")
		}
	}
	b.empty(t, "b")
	if _, exports := a.t.Counts(); exports != 1 || len(a.counts) != 1 {
		t.Errorf("%d, %v", exports, a.counts)
	}
	c.t.Release(hc[0])
	a.empty(t, "a")
	if c.t.Release(hc[0]) || b.t.Release(99) {
		t.Error("a handle is released that is not held")
	}
}

// An export comes home while its last handle is released: the message keeps it.
func TestExportComesHome(t *testing.T) {
	a, b := newRunner("a"), newRunner("b")
	h, _ := b.gets(t, a.sends(t, 7))
	caps := b.forwards(t, h[0])
	b.t.Release(h[0])
	if len(a.counts) != 1 {
		t.Fatal("it was forgotten on its way home")
	}
	s, err := a.t.Send(caps)
	if err != nil || s.Refs[0].GetYours() != 7 || len(a.counts) != 1 {
		t.Fatalf("%v, %v, %v", s.Refs, err, a.counts)
	}
	s.Done()
	a.empty(t, "a")
	b.empty(t, "b")
}

func TestMessagesThatNobodyGets(t *testing.T) {
	a, b := newRunner("a"), newRunner("b")
	s, err := b.t.Send(a.sends(t, 1, 2, 2))
	if err != nil {
		t.Fatal(err)
	}
	s.Done()
	b.t.Unsent(s.Refs)
	Drop(a.sends(t, 3, 1)...)
	a.empty(t, "a")
	b.empty(t, "b")
}

func TestEndOfAnInstance(t *testing.T) {
	a, b := newRunner("a"), newRunner("b")
	b.gets(t, a.sends(t, 1, 2))
	ha, _ := a.gets(t, b.sends(t, 5))
	over := errors.New("over")
	b.t.End(over)
	b.t.End(errors.New("again"))
	if c, ok := a.t.Lookup(ha[0]); !ok || c.Export.Owner() != "b" || c.Export.Number() != 5 {
		t.Errorf("%v, %v", c, ok)
	} else {
		Drop(c)
	}
	if _, err := b.t.Send(a.sends(t, 3)); !errors.Is(err, over) {
		t.Error(err)
	}
	if _, _, err := b.t.Receive([]*facetv1.Ref{{To: &facetv1.Ref_Export{Export: 1}, Kind: 1}}, nil); !errors.Is(err, over) {
		t.Error(err)
	}
	a.t.Release(ha[0])
	a.empty(t, "a")
}

func TestBounds(t *testing.T) {
	a, b := newRunner("a"), newRunner("b")
	// Holders that keep all they are given: each fills its own table, and only all of
	// them together that of the exporter. The last is b.
	type kept struct {
		by     *runner
		handle uint64
	}
	var all []kept
	holder := b
	for i := range uint64(MaxExports / MaxRefs) {
		if i*MaxRefs%MaxHandles == 0 {
			if holder = newRunner("holder"); i*MaxRefs == MaxExports-MaxHandles {
				holder = b
			}
		}
		var numbers []uint64
		for n := range uint64(MaxRefs) {
			numbers = append(numbers, i*MaxRefs+n+1)
		}
		handles, _ := holder.gets(t, a.sends(t, numbers...))
		for _, h := range handles {
			all = append(all, kept{holder, h})
		}
	}
	// One more export, with one that is known: neither stays.
	a.counts[1]++
	a.counts[MaxExports+1]++
	_, _, err := a.t.Receive([]*facetv1.Ref{{To: &facetv1.Ref_Export{Export: MaxExports + 1}, Kind: 1}, {To: &facetv1.Ref_Export{Export: 1}, Kind: 1}}, nil)
	if !errors.Is(err, ErrExports) {
		t.Error(err)
	}
	if _, err := b.t.Send([]Cap{{Kind: 3, Durable: 1, Bytes: 512}}); err != nil {
		t.Error(err) // a stub has room
	}
	b.t.Release(b.t.last)
	c := newRunner("c")
	if _, err := b.t.Send(c.sends(t, 1)); !errors.Is(err, ErrHandles) {
		t.Error(err)
	}
	c.empty(t, "c")
	for _, k := range all {
		k.by.t.Release(k.handle)
	}
	a.empty(t, "a")
	if _, err := b.t.Send([]Cap{{Kind: 3, Durable: 1, Bytes: MaxBytes + 1}}); !errors.Is(err, ErrHandles) {
		t.Error(err)
	}
	h, _ := b.gets(t, []Cap{{Kind: 3, Durable: 1, Bytes: MaxBytes}})
	b.t.Release(h[0])
	b.gets(t, []Cap{{Kind: 3, Durable: 1, Bytes: MaxBytes}})
}

func TestLies(t *testing.T) {
	a := newRunner("a")
	b := newRunner("b")
	h, _ := a.gets(t, b.sends(t, 9))
	target := func(name string, refs ...uint32) *facetv1.Ref {
		return &facetv1.Ref{Kind: facetv1.Ref_KIND_STUB, To: &facetv1.Ref_Target{Target: &facetv1.Target{To: &facetv1.Target_Entrypoint{
			Entrypoint: &facetv1.EntrypointTarget{Name: name, Refs: refs}}}}}
	}
	handle := func(n uint64) *facetv1.Ref { return &facetv1.Ref{Kind: 1, To: &facetv1.Ref_Handle{Handle: n}} }
	tests := []struct {
		name        string
		list, inner []*facetv1.Ref
		lie         bool
	}{
		{"handle", []*facetv1.Ref{handle(77)}, nil, true},
		{"handle in props", []*facetv1.Ref{target("x", 0)}, []*facetv1.Ref{handle(77)}, true},
		{"function in props", []*facetv1.Ref{target("x", 0)}, []*facetv1.Ref{handle(h[0])}, true},
		{"export of two kinds", []*facetv1.Ref{{To: &facetv1.Ref_Export{Export: 1}, Kind: 1}, {To: &facetv1.Ref_Export{Export: 1}, Kind: 5}}, nil, true},
		{"denied", []*facetv1.Ref{{Kind: 3, To: &facetv1.Ref_Target{Target: &facetv1.Target{To: &facetv1.Target_Facet{Facet: &facetv1.FacetTarget{}}}}}}, nil, false},
	}
	for _, tt := range tests {
		_, _, err := a.t.Receive(tt.list, tt.inner)
		if err == nil || errors.Is(err, ErrUnknown) != tt.lie {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	caps, _, err := a.t.Receive([]*facetv1.Ref{target("x", 0)}, []*facetv1.Ref{target("y", 1), target("z")})
	if err != nil || len(caps) != 1 || caps[0].Durable == nil {
		t.Errorf("%v, %v", caps, err)
	}
	a.t.Release(h[0])
	b.empty(t, "b")
}

// After a storm of messages in all directions, everything that was released is
// forgotten everywhere.
func TestStorm(t *testing.T) {
	all := []*runner{newRunner("a"), newRunner("b"), newRunner("c")}
	var locks [3]sync.Mutex // each runner has one receiving goroutine
	var group sync.WaitGroup
	for w := range 6 {
		group.Go(func() {
			random := rand.New(rand.NewPCG(uint64(w), 1))
			for range 2000 {
				from, to := random.IntN(3), random.IntN(3)
				locks[from].Lock()
				caps := all[from].sends(t, uint64(random.IntN(20)+1), uint64(random.IntN(20)+1))
				locks[from].Unlock()
				locks[to].Lock()
				handles, _ := all[to].gets(t, caps)
				next := random.IntN(3)
				caps = all[to].forwards(t, handles...)
				for _, h := range handles {
					all[to].t.Release(h)
				}
				locks[to].Unlock()
				locks[next].Lock()
				handles, _ = all[next].gets(t, caps)
				for _, h := range handles {
					all[next].t.Release(h)
				}
				locks[next].Unlock()
			}
		})
	}
	group.Wait()
	for _, r := range all {
		r.empty(t, r.t.owner.(string))
	}
}
