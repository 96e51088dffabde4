//go:build linux

package tree

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
)

// Attacks 110 to 112: many callers create, open, clone and delete the same few
// names. Whatever the order, the tree and the files agree in the end, here and
// after opening again.
func TestConcurrent(t *testing.T) {
	dir := newMemoryDir(t)
	s, o := openAll(t, dir)
	mustCreate(t, o, 0, "app")
	names := []string{"a", "b", "c"}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			h, err := s.Object(testNamespace, testID)
			if err != nil {
				t.Error(err)
				return
			}
			defer h.Close()
			rnd := rand.New(rand.NewPCG(1, uint64(worker)))
			for range 40 {
				if err := change(t, h, names, rnd); err != nil && !expected(err) {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	checkNoStrays(t, dir, o)
	before := describe(t, o)
	o.Close()
	s.Close()
	_, o = openAll(t, dir)
	checkNoStrays(t, dir, o)
	if after := describe(t, o); after != before {
		t.Fatalf("opened again: %q, was %q", after, before)
	}
}

// expected are the errors that a race with another caller gives.
func expected(err error) bool {
	return errors.Is(err, ErrExists) || errors.Is(err, ErrNotFound) || errors.Is(err, ErrBusy) || errors.Is(err, ErrDepth)
}

// change makes one random change through a handle.
func change(t *testing.T, h *Object, names []string, rnd *rand.Rand) error {
	parents := h.Subtree(0)
	parent := parents[rnd.IntN(len(parents))]
	pick := func() string { return names[rnd.IntN(len(names))] }
	switch rnd.IntN(5) {
	case 0, 1:
		n, err := h.Create(parent, pick())
		if err != nil {
			return err
		}
		return openAndClose(nil, h, n)
	case 2:
		n, ok := h.Lookup(parent, pick())
		if !ok {
			return nil
		}
		return openAndClose(nil, h, n)
	case 3:
		_, err := h.Clone(t.Context(), parent, pick(), pick(), nil)
		return err
	}
	n, ok := h.Lookup(parent, pick())
	if !ok {
		return nil
	}
	return h.Delete(n)
}

// get ∥ get of one name: one number, and one owner of the files (attack 110).
func TestConcurrentCreate(t *testing.T) {
	_, o := openAll(t, newMemoryDir(t))
	for round := range 20 {
		name := fmt.Sprint("app ", round)
		var wg sync.WaitGroup
		var mu sync.Mutex
		numbers := map[Number]int{}
		var owners []*Files
		for range 8 {
			wg.Go(func() {
				n, err := o.Create(0, name)
				if err != nil && !errors.Is(err, ErrExists) {
					t.Error(err)
					return
				}
				f, ferr := o.OpenFiles(n)
				mu.Lock()
				defer mu.Unlock()
				numbers[n]++
				if ferr == nil {
					owners = append(owners, f)
				} else if !errors.Is(ferr, ErrBusy) {
					t.Error(ferr)
				}
			})
		}
		wg.Wait()
		if len(numbers) != 1 || len(owners) != 1 {
			t.Errorf("round %d: numbers %v, %d owners", round, numbers, len(owners))
		}
		for _, f := range owners {
			f.Close()
		}
	}
}
