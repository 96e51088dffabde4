//go:build linux

package tree

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestClone(t *testing.T) {
	dir := newDir(t)
	_, o := openAll(t, dir)
	src := mustCreate(t, o, 0, "src")
	sub := mustCreate(t, o, src, "sub")
	bare := mustCreate(t, o, src, "bare") // never opened: no files
	dst := mustCreate(t, o, 0, "dst")
	below := mustCreate(t, o, dst, "below")
	big := string(bytes.Repeat([]byte("0123456789abcdef"), 100_000))
	put(t, o, src, big, "wal of src")
	put(t, o, sub, "db of sub", "")
	put(t, o, dst, "old", "old")
	put(t, o, below, "old", "old")

	var held, released []Number
	hold := func(_ context.Context, n Number) (func(), error) {
		held = append(held, n)
		return func() { released = append(released, n) }, nil
	}
	got, err := o.Clone(t.Context(), 0, "src", "dst", hold)
	if err != nil {
		t.Fatal(err)
	}
	if want := []Number{src, sub, bare}; !reflect.DeepEqual(held, want) || !reflect.DeepEqual(released, want) {
		t.Fatalf("held %v, released %v, want %v", held, released, want)
	}
	if n, ok := o.Lookup(0, "dst"); !ok || n != got || n == dst {
		t.Fatalf("dst is %d, %v; Clone said %d", n, ok, got)
	}
	if o.Subtree(dst) != nil || o.Subtree(below) != nil {
		t.Fatal("the old dst is still there")
	}
	if db, wal := content(t, o, got); db != big || wal != "wal of src" {
		t.Fatalf("copy has %d and %d bytes", len(db), len(wal))
	}
	newSub, ok := o.Lookup(got, "sub")
	if db, _ := content(t, o, newSub); !ok || db != "db of sub" {
		t.Fatalf("nested copy: %v, %q", ok, db)
	}
	if len(o.Children(got)) != 2 {
		t.Fatalf("children %v", o.Children(got))
	}
	put(t, o, got, "changed", "")
	if db, _ := content(t, o, src); db != big {
		t.Fatal("a write to the copy changed the source")
	}
	if files := facetFiles(t, dir); len(files) != 8 {
		t.Fatalf("files %v", files)
	}
}

func TestCloneSpecialCases(t *testing.T) {
	dir := newDir(t)
	_, o := openAll(t, dir)
	if n, err := o.Clone(t.Context(), 0, "none", "dst", nil); err != nil || n != 0 {
		t.Fatalf("in nothing: %d, %v", n, err)
	}
	x := mustCreate(t, o, 0, "x")
	put(t, o, x, "x", "")
	if n, err := o.Clone(t.Context(), 0, "x", "x", nil); err != nil || n != x {
		t.Fatalf("onto itself: %d, %v (fact F79)", n, err)
	}
	if db, _ := content(t, o, x); db != "x" {
		t.Fatalf("onto itself: %q", db)
	}
	if n, err := o.Clone(t.Context(), 0, "none", "x", nil); err != nil || n != 0 || o.Subtree(x) != nil {
		t.Fatalf("from nothing: %d, %v, want no x (fact F78)", n, err)
	}
	if n, err := o.Clone(t.Context(), 0, "none", "none", nil); err != nil || n != 0 {
		t.Fatalf("nothing onto itself: %d, %v", n, err)
	}
	if _, err := o.Clone(t.Context(), 77, "a", "b", nil); !errors.Is(err, ErrNotFound) {
		t.Fatalf("below nothing: %v", err)
	}
	p := Number(0)
	for _, name := range []string{"1", "2", "3"} {
		p = mustCreate(t, o, p, name)
	}
	if _, err := o.Clone(t.Context(), p, "a", "b", nil); !errors.Is(err, ErrDepth) {
		t.Fatalf("below the deepest: %v", err)
	}
}

// A clone that fails leaves dst, and no file.
func TestCloneFails(t *testing.T) {
	errHold := errors.New("no")
	tests := []struct {
		name string
		want error
		hold func(o *Object, cancel func(), src, sub Number) Hold
	}{
		{"hold refused", errHold, func(o *Object, cancel func(), src, sub Number) Hold {
			return func(_ context.Context, n Number) (func(), error) {
				if n == sub {
					return nil, errHold
				}
				return nil, nil
			}
		}},
		{"cancelled", context.Canceled, func(o *Object, cancel func(), src, sub Number) Hold {
			return func(context.Context, Number) (func(), error) { cancel(); return nil, nil }
		}},
		{"source deleted", ErrNotFound, func(o *Object, cancel func(), src, sub Number) Hold {
			return func(_ context.Context, n Number) (func(), error) {
				if n == sub {
					return nil, o.Delete(src)
				}
				return nil, nil
			}
		}},
		{"parent deleted", ErrNotFound, func(o *Object, cancel func(), src, sub Number) Hold {
			return func(_ context.Context, n Number) (func(), error) {
				if n == sub {
					// the files of the copied are gone too, so only look at the last
					p, _ := o.Lookup(0, "parent")
					return nil, o.Delete(p)
				}
				return nil, nil
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := newDir(t)
			_, o := openAll(t, dir)
			p := mustCreate(t, o, 0, "parent")
			src := mustCreate(t, o, p, "src")
			sub := mustCreate(t, o, src, "sub")
			dst := mustCreate(t, o, p, "dst")
			put(t, o, src, "db", "wal")
			put(t, o, sub, "db", "wal")
			put(t, o, dst, "old", "old")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if _, err := o.Clone(ctx, p, "src", "dst", tt.hold(o, cancel, src, sub)); !errors.Is(err, tt.want) {
				t.Fatalf("%v, want %v", err, tt.want)
			}
			live := map[string]bool{}
			for _, n := range o.Subtree(0) {
				live[databaseName(n)], live[walName(n)] = true, true
			}
			for _, f := range facetFiles(t, dir) {
				if !live[f] {
					t.Errorf("%s is left", f)
				}
			}
			if o.Subtree(p) != nil {
				if db, _ := content(t, o, dst); db != "old" {
					t.Fatalf("dst has %q", db)
				}
			}
		})
	}
}

// The writer commits all the time and never checkpoints while it is held: every
// clone is a whole database with a prefix of the commits.
func TestCloneOfBusyDatabase(t *testing.T) {
	dir := newDir(t)
	_, o := openAll(t, dir)
	src := mustCreate(t, o, 0, "src")
	if err := openAndClose(nil, o, src); err != nil {
		t.Fatal(err)
	}
	w := startWriter(t, filepath.Join(objectPath(dir), databaseName(src)))
	for i := range 8 {
		acked := w.waitFor(int64(i+1) * 25)
		n, err := o.Clone(t.Context(), 0, "src", "dst", w.hold)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), fmt.Sprint(i, ".sqlite"))
		db, wal := content(t, o, n)
		if err := errors.Join(os.WriteFile(path, []byte(db), 0o600), os.WriteFile(path+"-wal", []byte(wal), 0o600)); err != nil {
			t.Fatal(err)
		}
		if count := checkCopy(t, path); count < acked {
			t.Fatalf("the copy has %d rows, %d were acknowledged before it", count, acked)
		}
	}
	w.stop()
}
