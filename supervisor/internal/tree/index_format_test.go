//go:build linux

package tree

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

var testSalt = salt{1, 2, 3, 4, 5, 6, 7, 8}

// build makes an index file of one record for each list of operations, and
// returns the offset behind each.
func build(t testing.TB, records ...[]op) (data []byte, ends []int) {
	t.Helper()
	data = encodeHeader(testSalt)
	for _, ops := range records {
		rec, err := encodeRecord(testSalt, int64(len(data)), ops)
		if err != nil {
			t.Fatal(err)
		}
		data = append(data, rec...)
		ends = append(ends, len(data))
	}
	return data, ends
}

func sampleRecords() [][]op {
	return [][]op{
		{{kind: opCreate, number: 1, name: "app"}},
		{{kind: opCreate, number: 2, parent: 1, name: "a\x00b/../c"}},
		{{kind: opNext, number: 9}},
		{{kind: opDelete, number: 2}, {kind: opCreate, number: 7, parent: 1, name: strings.Repeat("é", 128)}},
		{{kind: opCreate, number: 9, name: "last"}},
	}
}

func TestParseIndex(t *testing.T) {
	data, _ := build(t, sampleRecords()...)
	tr, s, good, err := parseIndex(data)
	if err != nil || s != testSalt || good != int64(len(data)) {
		t.Fatalf("parse: good %d of %d, %v", good, len(data), err)
	}
	if got, want := tr.subtree(0), []Number{0, 1, 9, 7}; !reflect.DeepEqual(got, want) {
		t.Fatalf("facets %v, want %v", got, want)
	}
	if tr.next != 10 || tr.nodes[7].name != strings.Repeat("é", 128) || tr.nodes[7].parent != 1 {
		t.Fatalf("next %d, node 7 %+v", tr.next, tr.nodes[7])
	}
	again, _ := build(t, tr.compact())
	tr2, _, _, err := parseIndex(again)
	if err != nil {
		t.Fatal(err)
	}
	tr.ops, tr2.ops = 0, 0
	for _, n := range []*tree{tr, tr2} { // an emptied map and none are the same
		for _, v := range n.nodes {
			if len(v.children) == 0 {
				v.children = nil
			}
		}
	}
	if !reflect.DeepEqual(tr, tr2) {
		t.Fatalf("compaction changed the tree: %+v, %+v", tr, tr2)
	}
}

// A file cut at any byte gives the tree of the records that are whole.
func TestParseIndexTornAtEveryByte(t *testing.T) {
	data, ends := build(t, sampleRecords()...)
	for cut := headerSize; cut <= len(data); cut++ {
		want, end := headerSize, len(data)
		for i, e := range ends {
			if e <= cut {
				want = e
			} else {
				end = ends[i]
				break
			}
		}
		if _, _, good, err := parseIndex(data[:cut]); err != nil || good != int64(want) {
			t.Fatalf("cut at %d: good %d, want %d, %v", cut, good, want, err)
		}
		// The file may have its new length without all of the data.
		zeros := append(append([]byte{}, data[:cut]...), make([]byte, end-cut)...)
		if _, _, good, err := parseIndex(zeros); err != nil || good < int64(want) {
			t.Fatalf("zeros from %d: good %d, want %d, %v", cut, good, want, err)
		}
	}
	for cut := range headerSize {
		if _, _, _, err := parseIndex(data[:cut]); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("header cut at %d: %v, want ErrCorrupt", cut, err)
		}
	}
}

// Damage to any byte but those of the last record is an error, never a shorter
// tree.
func TestParseIndexDamagedAtEveryByte(t *testing.T) {
	data, ends := build(t, sampleRecords()...)
	lastStart := ends[len(ends)-2]
	for at := range data {
		bad := append([]byte{}, data...)
		bad[at] ^= 0x41
		_, _, good, err := parseIndex(bad)
		switch {
		case at < lastStart && !errors.Is(err, ErrCorrupt):
			t.Fatalf("damage at %d: %v, want ErrCorrupt", at, err)
		case at >= lastStart && (err != nil || good != int64(lastStart)):
			t.Fatalf("damage at %d: good %d, want %d, %v", at, good, lastStart, err)
		}
	}
}

// A facet's name that holds the bytes of a record does not pass for one when it
// stands in a torn tail.
func TestParseIndexForgedRecordInName(t *testing.T) {
	real, ends := build(t, []op{{kind: opCreate, number: 1, name: "app"}})
	start := ends[0]
	for _, guess := range []salt{{}, {9, 9}} {
		forged, err := encodeRecord(guess, int64(start+frameSize+4), []op{{kind: opCreate, number: 5, name: "x"}})
		if err != nil {
			t.Fatal(err)
		}
		rec, err := encodeRecord(testSalt, int64(start), []op{{kind: opCreate, number: 2, name: string(forged) + "end"}})
		if err != nil {
			t.Fatal(err)
		}
		torn := append(append([]byte{}, real...), rec[:len(rec)-1]...)
		if _, _, good, err := parseIndex(torn); err != nil || good != int64(start) {
			t.Fatalf("good %d, want %d, %v", good, start, err)
		}
	}
}

func TestParseIndexRefusesImpossibleOperations(t *testing.T) {
	one := op{kind: opCreate, number: 1, name: "a"}
	deep := []op{one, {kind: opCreate, number: 2, parent: 1, name: "a"}, {kind: opCreate, number: 3, parent: 2, name: "a"}}
	tests := []struct {
		name string
		ops  []op
	}{
		{"number 0", []op{{kind: opCreate, name: "a"}}},
		{"number twice", []op{one, {kind: opCreate, number: 1, name: "b"}}},
		{"name twice", []op{one, {kind: opCreate, number: 2, name: "a"}}},
		{"no parent", []op{{kind: opCreate, number: 2, parent: 5, name: "a"}}},
		{"too deep", append(deep, op{kind: opCreate, number: 4, parent: 3, name: "a"})},
		{"empty name", []op{{kind: opCreate, number: 1}}},
		{"long name", []op{{kind: opCreate, number: 1, name: strings.Repeat("a", 257)}}},
		{"name not UTF-8", []op{{kind: opCreate, number: 1, name: "\xff"}}},
		{"delete the root", []op{{kind: opDelete}}},
		{"delete nothing", []op{{kind: opDelete, number: 1}}},
		{"next goes back", []op{{kind: opNext, number: 5}, {kind: opNext, number: 4}}},
		{"largest number", []op{{kind: opCreate, number: ^Number(0), name: "a"}}},
		{"unknown kind", []op{{kind: 9, number: 1}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data, _ := build(t, tt.ops)
			if _, _, _, err := parseIndex(data); !errors.Is(err, ErrCorrupt) {
				t.Fatalf("%v, want ErrCorrupt", err)
			}
		})
	}
}

func FuzzParseIndex(f *testing.F) {
	data, _ := build(f, sampleRecords()...)
	f.Add(data[headerSize:])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, tail []byte) {
		data := append(encodeHeader(testSalt), tail...)
		tr, _, good, err := parseIndex(data)
		if err != nil {
			return
		}
		// What is kept can be read again, whole, and says the same.
		tr2, _, good2, err := parseIndex(data[:good])
		if err != nil || good2 != good || !reflect.DeepEqual(tr, tr2) {
			t.Fatalf("read again: good %d then %d, %v", good, good2, err)
		}
	})
}

// FuzzApplyBody skips the checksums, which a fuzzer does not get past.
func FuzzApplyBody(f *testing.F) {
	data, _ := build(f, sampleRecords()[0])
	f.Add(data[headerSize+frameSize:])
	f.Fuzz(func(t *testing.T, body []byte) {
		tr := newTree()
		if applyBody(tr, body) != nil {
			return
		}
		all := tr.subtree(0)
		if len(all) != len(tr.nodes) {
			t.Fatalf("%d facets are reachable, %d known", len(all), len(tr.nodes))
		}
		for _, n := range all {
			if n >= tr.next {
				t.Fatalf("number %d is live, next is %d", n, tr.next)
			}
		}
		again, _ := build(t, tr.compact())
		if _, _, good, err := parseIndex(again); err != nil || good != int64(len(again)) {
			t.Fatalf("compacted tree: %v", err)
		}
	})
}
