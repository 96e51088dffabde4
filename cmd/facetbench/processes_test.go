package main

import (
	"os"
	"runtime"
	"slices"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	const rest = " S 7 1 1 0 -1 4194560 10 20 0 0 100 50 30 20 20 0 1 0 5 1000 10"
	for _, c := range []struct {
		name, line string
		want       process
		fails      bool
	}{
		{"plain", "42 (sh)" + rest, process{42, 7, "sh", 1500 * time.Millisecond, 500 * time.Millisecond}, false},
		{"hostile name", "42 (a) R 1 (b)" + rest, process{42, 7, "a) R 1 (b", 1500 * time.Millisecond, 500 * time.Millisecond}, false},
		{"no name", "42 sh S 7", process{}, true},
		{"short", "42 (sh) S 7", process{}, true},
		{"no number", "x (sh)" + rest, process{}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseStat(c.line)
			if (err != nil) != c.fails {
				t.Fatalf("error %v", err)
			}
			if !c.fails && got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestTreeCPUSeesThisProcess(t *testing.T) {
	before, err := treeCPU(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(time.Minute)
	for {
		after, err := treeCPU(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		if after > before {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("reading /proc for a minute used no processor time: %v", after)
		}
	}
}

func TestTreeMemoryGrows(t *testing.T) {
	before, err := treeMemory(os.Getpid())
	if err != nil || before == 0 {
		t.Fatalf("treeMemory = %d, %v", before, err)
	}
	const size = 64 << 20
	block := make([]byte, size)
	for i := 0; i < size; i += 4096 {
		block[i] = 1
	}
	after, err := treeMemory(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if after-before < size/2 {
		t.Errorf("%d bytes before, %d after %d were written to", before, after, len(block))
	}
	runtime.KeepAlive(block)
}

func TestDescends(t *testing.T) {
	all := map[int]process{1: {pid: 1}, 2: {pid: 2, parent: 1}, 3: {pid: 3, parent: 2}, 9: {pid: 9, parent: 9}}
	for _, c := range []struct {
		pid, root int
		want      bool
	}{{3, 1, true}, {3, 3, true}, {1, 3, false}, {9, 1, false}, {8, 1, false}} {
		if got := descends(all, c.pid, c.root); got != c.want {
			t.Errorf("descends(%d, %d) = %t", c.pid, c.root, got)
		}
	}
}

func TestOthersLeavesOutOurTree(t *testing.T) {
	before := map[int]process{5: {pid: 5, parent: 1, name: "busy", own: time.Second}}
	after := map[int]process{
		5: {pid: 5, parent: 1, name: "busy", own: 2 * time.Second},
		6: {pid: 6, parent: 1, name: "idle", own: time.Millisecond},
		7: {pid: 7, parent: 1, name: "self", own: time.Minute},
		8: {pid: 8, parent: 7, name: "child", own: time.Minute},
	}
	got := others(before, after, 7, 10*time.Second)
	if want := []string{"busy 10 %"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestParseBusy(t *testing.T) {
	for _, c := range []struct {
		name, stat string
		want       time.Duration
		fails      bool
	}{
		{"idle and waiting left out", "cpu  100 20 30 9999 888 40 10 7 0 0\ncpu0 1 2 3\n", 2 * time.Second, false},
		{"another file", "intr 1 2 3 4 5 6 7 8", 0, true},
		{"short", "cpu 1 2", 0, true},
		{"no number", "cpu  a 20 30 9999 888 40 10 7", 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseBusy(c.stat)
			if got != c.want || (err != nil) != c.fails {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}
