//go:build linux

package tree

import (
	"fmt"
	"os"
	"testing"
)

func BenchmarkFirstOpen(b *testing.B) {
	_, o := openAll(b, newDir(b))
	for i := 0; b.Loop(); i++ {
		n := mustCreate(b, o, 0, fmt.Sprint(i))
		if err := openAndClose(nil, o, n); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	_, o := openAll(b, newDir(b))
	n := mustCreate(b, o, 0, "app")
	for b.Loop() {
		if err := openAndClose(nil, o, n); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkObject(b *testing.B) {
	s, o := openAll(b, newDir(b))
	mustCreate(b, o, 0, "app")
	o.Close()
	for b.Loop() {
		o, err := s.Object(testNamespace, testID)
		if err != nil {
			b.Fatal(err)
		}
		o.Close()
	}
}

// BenchmarkClone copies 64 MiB and syncs them.
func BenchmarkClone(b *testing.B) {
	_, o := openAll(b, newDir(b))
	n := mustCreate(b, o, 0, "src")
	f, err := o.OpenFiles(n)
	if err != nil {
		b.Fatal(err)
	}
	chunk := make([]byte, 1<<20)
	for i := range chunk {
		chunk[i] = byte(i * i >> 3)
	}
	for range 64 {
		if _, err := f.DB.Write(chunk); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(64 << 20)
	for b.Loop() {
		if _, err := o.Clone(b.Context(), 0, "src", "dst", nil); err != nil {
			b.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkSync is what the others are made of: an append with its sync.
func BenchmarkSync(b *testing.B) {
	f, err := os.Create(newDir(b))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	for b.Loop() {
		if _, err := f.WriteString("a record of about this size"); err != nil {
			b.Fatal(err)
		}
		if err := fdatasync(f); err != nil {
			b.Fatal(err)
		}
	}
}
