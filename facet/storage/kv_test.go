package storage

import (
	"fmt"
	"sort"
	"strings"
	"testing"
)

func TestKVValuesAndKeys(t *testing.T) {
	s := openNew(t)
	keys := []string{"", "a", "a\x00b", "\x00", "é", "\U0001F600", "\uFFFD", strings.Repeat("k", 100_000)}
	values := []Value{{}, {Text: true}, {Bytes: []byte("x"), Text: true}, {Bytes: []byte("a\x00b"), Text: true},
		{Bytes: []byte{0, 255}}, {Bytes: make([]byte, 1_900_000)}}
	for i, key := range keys {
		for j, v := range values {
			if err := s.KVPut(key, v); err != nil {
				t.Fatal(err)
			}
			got, ok, err := s.KVGet(key)
			if err != nil || !ok || string(got.Bytes) != string(v.Bytes) || got.Text != v.Text {
				t.Errorf("key %d value %d: %d bytes text %v, %v, %v", i, j, len(got.Bytes), got.Text, ok, err)
			}
		}
	}
	endTurn(t, s)
	for i, key := range keys {
		for _, want := range []bool{true, false} {
			if got, err := s.KVDelete(key); got != want || err != nil {
				t.Errorf("delete key %d: %v, %v; want %v", i, got, err, want)
			}
		}
	}
}

// K8: a value beyond the limit fails cleanly and loses nothing.
func TestKVTooBig(t *testing.T) {
	s := openNew(t)
	put(t, s, "k", "1")
	err := s.KVPut("big", Value{Bytes: make([]byte, 3<<20)})
	if err == nil || err.Error() != "string or blob too big: SQLITE_TOOBIG" {
		t.Errorf("error %v", err)
	}
	endTurn(t, s)
	if get(t, s, "k") != "1" {
		t.Error("the neighbour is gone")
	}
}

func ptr(s string) *string { return &s }

func list(t *testing.T, s *Store, r Range) (keys []string) {
	t.Helper()
	for {
		key, _, ok, err := s.KVNext(r)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return keys
		}
		keys = append(keys, key)
		r.From, r.FromInclusive = &key, false
	}
}

// K10, K14: byte order, bounds in both directions, against a model.
func TestKVRanges(t *testing.T) {
	s := openNew(t)
	keys := []string{"", "\x00", "a", "a\x00", "a\x00b", "aa", "ab", "b", "z", "é", "\uFFFD", "\U0001F600"}
	for _, k := range keys {
		put(t, s, k, k)
	}
	endTurn(t, s)
	sort.Strings(keys)
	bounds := []*string{nil, ptr(""), ptr("a"), ptr("a\x00"), ptr("ac"), ptr("z"), ptr("\U0001F600"), ptr("\xff")}
	for _, from := range bounds {
		for _, end := range bounds {
			for _, inclusive := range []bool{false, true} {
				for _, reverse := range []bool{false, true} {
					var want []string
					for _, k := range keys {
						ok := from == nil || k == *from && inclusive || !reverse && k > *from || reverse && k < *from
						ok = ok && (end == nil || !reverse && k < *end || reverse && k >= *end)
						if ok {
							want = append(want, k)
						}
					}
					if reverse {
						sort.Sort(sort.Reverse(sort.StringSlice(want)))
					}
					r := Range{From: from, FromInclusive: inclusive, End: end, Reverse: reverse}
					if got := list(t, s, r); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
						t.Errorf("from %v end %v inclusive %v reverse %v: %q, want %q", from, end, inclusive, reverse, got, want)
					}
				}
			}
		}
	}
}

// K13: keys put during the walk after the current position are returned.
func TestKVListIsLive(t *testing.T) {
	s := openNew(t)
	put(t, s, "a", "")
	put(t, s, "c", "")
	first, _, _, _ := s.KVNext(Range{})
	put(t, s, "b", "")
	next, _, _, _ := s.KVNext(Range{From: &first})
	if first != "a" || next != "b" {
		t.Errorf("walk gives %q, %q", first, next)
	}
}

func FuzzKV(f *testing.F) {
	f.Add("k", []byte("v"), true)
	f.Add("\x00\xff", []byte{0}, false)
	s := openNew(f)
	f.Fuzz(func(t *testing.T, key string, value []byte, text bool) {
		if err := s.KVPut(key, Value{Bytes: value, Text: text}); err != nil {
			t.Fatal(err)
		}
		got, ok, err := s.KVGet(key)
		if err != nil || !ok || string(got.Bytes) != string(value) || got.Text != text {
			t.Fatalf("got %q %v %v %v", got.Bytes, got.Text, ok, err)
		}
		if ok, err := s.KVDelete(key); !ok || err != nil {
			t.Fatalf("delete: %v %v", ok, err)
		}
	})
}
