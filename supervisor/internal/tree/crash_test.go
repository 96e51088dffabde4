//go:build linux

package tree

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// The steps between which a process may die; every failpoint call has to be
// named here, and every one of them has to be reached by some change.
var crashPoints = []string{
	"namespace:written",
	"index:written", "index:synced", "index:renamed",
	"append:start", "append:written", "append:synced",
	"create:written", "create:synced", "create:renamed",
	"clone:reserved", "clone:copied", "clone:synced",
	"delete:remove",
}

// changes are what the process is doing when it dies. Each starts from the tree
// that prepare makes.
var changes = map[string]func(ctx context.Context, s *Store, o *Object) error{
	"first facet": func(_ context.Context, s *Store, _ *Object) error {
		o, err := s.Object("a namespace/with a hash", testID)
		if err != nil {
			return err
		}
		defer o.Close()
		n, err := o.Create(0, "first")
		if err != nil {
			return err
		}
		return openAndClose(s, o, n)
	},
	"new facet": func(_ context.Context, s *Store, o *Object) error {
		n, err := o.Create(0, "new")
		if err != nil {
			return err
		}
		return openAndClose(s, o, n)
	},
	"delete": func(_ context.Context, _ *Store, o *Object) error {
		n, _ := o.Lookup(0, "dst")
		return o.Delete(n)
	},
	"delete all": func(_ context.Context, _ *Store, o *Object) error { return o.DeleteAll() },
	"clone": func(ctx context.Context, _ *Store, o *Object) error {
		_, err := o.Clone(ctx, 0, "src", "dst", nil)
		return err
	},
	"compact": func(_ context.Context, _ *Store, o *Object) error {
		o.o.mu.Lock()
		defer o.o.mu.Unlock()
		o.o.index = o.o.index.compacted()
		return o.o.index.broken
	},
}

// prepare makes src with sub below it, and dst with old below it. A database's
// content says what it is of.
func prepare(t testing.TB, o *Object) {
	t.Helper()
	for _, p := range [][2]string{{"src", "sub"}, {"dst", "old"}} {
		n := mustCreate(t, o, 0, p[0])
		put(t, o, n, "db "+p[0], "wal "+p[0])
		put(t, o, mustCreate(t, o, n, p[1]), "db "+p[1], "wal "+p[1])
	}
}

const (
	beforeState = "dst[old] src[sub]"
	clonedState = "dst=src[sub] src[sub]"
)

// allowed are the states, as describe tells them, that a change may leave.
var allowed = map[string][]string{
	"first facet": {beforeState},
	"new facet":   {beforeState, "dst[old] new=- src[sub]"},
	"delete":      {beforeState, "src[sub]"},
	"delete all":  {beforeState, ""},
	"clone":       {beforeState, clonedState},
	"compact":     {beforeState},
}

// describe tells which facets there are, what their databases are of where that
// is not their name, and what is below them.
func describe(t testing.TB, o *Object) string {
	t.Helper()
	var out []string
	for _, e := range o.Children(0) {
		out = append(out, describeOne(t, o, e))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func describeOne(t testing.TB, o *Object, e Entry) string {
	db, wal := content(t, o, e.Number)
	of, ok := strings.CutPrefix(db, "db ")
	switch {
	case ok && wal != "wal "+of:
		t.Errorf("%s: database %q with log %q", e.Name, db, wal)
	case !ok && db == string(template):
		of = "-"
	case !ok:
		t.Errorf("%s: database of %d bytes", e.Name, len(db))
	}
	s := e.Name
	if of != e.Name {
		s += "=" + of
	}
	for _, c := range o.Children(e.Number) {
		s += "[" + describeOne(t, o, c) + "]"
	}
	return s
}

func init() {
	helpers["crash"] = func() error {
		s, err := Open(os.Getenv("TREE_DIR"), Options{})
		if err != nil {
			return err
		}
		o, err := s.Object(testNamespace, testID)
		if err != nil {
			return err
		}
		armFailpoint(os.Getenv("TREE_POINT"), func() error {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		})
		return changes[os.Getenv("TREE_CHANGE")](context.Background(), s, o)
	}
}

// armFailpoint makes the nth passage of a point ("name:step#n") call do, once.
func armFailpoint(spec string, do func() error) (passed *bool) {
	var nth int
	point, count, _ := strings.Cut(spec, "#")
	fmt.Sscan(count, &nth)
	passed = new(bool)
	failpoint = func(at string) error {
		if at != point || *passed {
			return nil
		}
		if nth--; nth > 0 {
			return nil
		}
		*passed = true
		return do()
	}
	return passed
}

func disarm() { failpoint = func(string) error { return nil } }

// passages are the points that a change passes, each with its count.
func passages(t *testing.T, change string) []string {
	t.Helper()
	s, o := openAll(t, newMemoryDir(t))
	prepare(t, o)
	counts := map[string]int{}
	var out []string
	failpoint = func(at string) error {
		counts[at]++
		out = append(out, fmt.Sprint(at, "#", counts[at]))
		return nil
	}
	defer disarm()
	if err := changes[change](t.Context(), s, o); err != nil {
		t.Fatal(err)
	}
	return out
}

// A process that dies at any step leaves the state before the change or the one
// after it, and no stray file once the object has been opened.
func TestCrash(t *testing.T) {
	reached := map[string]bool{}
	for change := range changes {
		for _, point := range passages(t, change) {
			name, _, _ := strings.Cut(point, "#")
			reached[name] = true
			t.Run(change+"/"+point, func(t *testing.T) {
				dir := newMemoryDir(t)
				s, o := openAll(t, dir)
				prepare(t, o)
				o.Close()
				s.Close()
				out, err := runHelper("crash", "TREE_DIR="+dir, "TREE_CHANGE="+change, "TREE_POINT="+point)
				if err == nil || err.Error() != "signal: killed" {
					t.Fatalf("it did not die: %v, %s", err, out)
				}
				checkAfter(t, dir, change)
			})
		}
	}
	for _, p := range crashPoints {
		if !reached[p] {
			t.Errorf("no change passes %s", p)
		}
		delete(reached, p)
	}
	for p := range reached {
		t.Errorf("%s is not in the list", p)
	}
}

// checkAfter opens the store again, looks at what there is, and makes the
// change, which must work now.
func checkAfter(t *testing.T, dir, change string) {
	t.Helper()
	s, o := openAll(t, dir)
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	checkNoStrays(t, dir, o)
	if got := describe(t, o); !slices.Contains(allowed[change], got) {
		t.Fatalf("left %q, want one of %q", got, allowed[change])
	}
	err := changes[change](t.Context(), s, o)
	if err != nil && !errors.Is(err, ErrExists) && !errors.Is(err, ErrNotFound) {
		t.Fatalf("again: %v", err)
	}
	if got, want := describe(t, o), allowed[change]; got != want[len(want)-1] {
		t.Fatalf("again: %q, want %q", got, want[len(want)-1])
	}
	checkNoStrays(t, dir, o)
}

func checkNoStrays(t *testing.T, dir string, o *Object) {
	t.Helper()
	live := map[string]bool{}
	for _, n := range o.Subtree(0) {
		live[databaseName(n)], live[walName(n)] = true, true
	}
	for _, f := range facetFiles(t, dir) {
		if !live[f] {
			t.Errorf("stray file %s", f)
		}
	}
}

// A step that fails, for want of space say, leaves the same states, no
// descriptor, and an object that works, if need be after it is opened again.
func TestFault(t *testing.T) {
	errDisk := errors.New("disk")
	for change := range changes {
		for _, point := range passages(t, change) {
			t.Run(change+"/"+point, func(t *testing.T) {
				dir := newMemoryDir(t)
				s, o := openAll(t, dir)
				prepare(t, o)
				passed := armFailpoint(point, func() error { return errDisk })
				err := changes[change](t.Context(), s, o)
				disarm()
				if !*passed {
					t.Fatal("the step was not passed")
				}
				// Compaction can wait, so it hides errors before its rename.
				if !errors.Is(err, errDisk) && change != "compact" {
					t.Fatalf("%v, want the error of the step", err)
				}
				if got := describe(t, o); !slices.Contains(allowed[change], got) {
					t.Fatalf("left %q, want one of %q", got, allowed[change])
				}
				o.Close()
				s.Close()
				checkAfter(t, dir, change)
			})
		}
	}
}
