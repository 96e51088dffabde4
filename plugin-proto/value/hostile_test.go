package value

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

func TestUnmarshalRefuses(t *testing.T) {
	deep := func(level string) string { return strings.Repeat(level, MaxDepth+1) + "\xf6" }
	tests := map[string]string{
		"nothing":                  "",
		"unknown form":             "X1",
		"no JSON":                  "J",
		"bad JSON":                 "J{a:1}",
		"JSON and more":            "J1 2",
		"JSON not UTF-8":           "J\"\xff\"",
		"JSON too deep":            "J" + strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1),
		"JSON too many":            "J[" + strings.Repeat("0,", MaxItems) + "0]",
		"JSON number too large":    "J1e999",
		"JSON unterminated":        "J\"\\",
		"too large":                "J\"" + strings.Repeat("a", MaxBytes) + "\"",
		"no item":                  "C",
		"item and more":            "C\xf6\xf6",
		"cut head":                 "C\x19\x01",
		"cut float":                "C\xfb\x00",
		"cut string":               "C\x62a",
		"lying array":              "C\x9a\x7f\xff\xff\xff",
		"lying array, 64 bits":     "C\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
		"lying object":             "C\xba\x7f\xff\xff\xff",
		"lying bytes":              "C\x5b\x00\x1f\xff\xff\xff\xff\xff\xff",
		"indefinite array":         "C\x9f\xff",
		"indefinite text":          "C\x7f\xff",
		"reserved head":            "C\x1c",
		"half float":               "C\xf9\x00\x00",
		"single float":             "C\xfa\x00\x00\x00\x00",
		"unknown simple":           "C\xe0",
		"two-byte simple":          "C\xf8\xff",
		"break":                    "C\xff",
		"integer too large":        "C\x1b\x00\x20\x00\x00\x00\x00\x00\x00",
		"text not UTF-8":           "C\x61\xff",
		"key not text":             "C\xa1\x01\x01",
		"unknown tag":              "C\xc0\x61a",
		"date of an integer":       "C\xc1\x01",
		"date of a bool":           "C\xc1\xf5",
		"bignum of text":           "C\xc2\x61a",
		"set of an object":         "C\xd9\x01\x02\xa0",
		"map of an array":          "C\xd9\x01\x03\x80",
		"regexp of one":            "C\xd9\x52\x4a\x81\x61a",
		"regexp of numbers":        "C\xd9\x52\x4a\x82\x01\x02",
		"unknown typed array":      "C\xd9\x98\x59\x82\x61a\x40",
		"typed array out of step":  "C\xd9\x98\x59\x82\x6aInt32Array\x41\x00",
		"typed array of one":       "C\xd9\x98\x59\x81\x61a",
		"boxed array":              "C\xd9\x98\x5b\x80",
		"boxed undefined":          "C\xd9\x98\x5b\xf7",
		"reference not a place":    "C\xd9\x98\x5d\x20",
		"reference of text":        "C\xd9\x98\x5d\x61a",
		"reference far away":       "C\xd9\x98\x5d\x19\x04\x00",
		"headers of one":           "C\xd9\x98\x5e\x81\x61a",
		"headers of numbers":       "C\xd9\x98\x5e\x82\x01\x02",
		"lying headers":            "C\xd9\x98\x5e\x9a\x7f\xff\xff\xfe",
		"request of an array":      "C\xd9\x98\x5f\x80",
		"response of a number":     "C\xd9\x98\x60\x01",
		"hole at the top":          "C\xd9\x98\x5c\xf6",
		"hole in an object":        "C\xa1\x61a\xd9\x98\x5c\xf6",
		"hole in a set":            "C\xd9\x01\x02\x81\xd9\x98\x5c\xf6",
		"hole of something":        "C\x81\xd9\x98\x5c\x01",
		"shared number":            "C\xd8\x1c\x01",
		"shared hole":              "C\x81\xd8\x1c\xd9\x98\x5c\xf6",
		"shared twice":             "C\xd8\x1c\xd8\x1c\x80",
		"shared reference":         "C\x82\xd8\x1c\x80\xd8\x1c\xd8\x1d\x00",
		"reference to nothing":     "C\xd8\x1d\x00",
		"reference ahead":          "C\x82\xd8\x1d\x00\xd8\x1c\x80",
		"reference not a number":   "C\xd8\x1d\xf6",
		"array in itself":          "C\xd8\x1c\x81\xd8\x1d\x00",
		"object in its descendant": "C\xd8\x1c\xa1\x61a\x81\xd8\x1d\x00",
		"set in itself":            "C\xd8\x1c\xd9\x01\x02\x81\xd8\x1d\x00",
		"too deep arrays":          "C" + deep("\x81"),
		"too deep objects":         "C" + deep("\xa1\x60"),
		"too deep sets":            "C" + deep("\xd9\x01\x02\x81"),
		"too deep requests":        "C" + deep("\xd9\x98\x5f\xa1\x60"),
		"too deep maps":            "C" + deep("\xd9\x01\x03\xa1\xf6"),
		"too deep by tag 28":       "C" + deep("\xd8\x1c\x81"),
		"boxes without end":        "C" + strings.Repeat("\xd9\x98\x5b", 5<<20),
		"shareables without end":   "C" + strings.Repeat("\xd8\x1c", 5<<20),
		"too many items":           "C\x9a\x00\x0f\x42\x41" + strings.Repeat("\xf6", MaxItems+1),
		"too many in pieces":       "C\x82" + strings.Repeat("\x9a\x00\x07\xa1\x21"+strings.Repeat("\xf6", 500_001), 2),
		"doubling references":      "C" + doubling(40),
		"copied bytes":             "C" + copiedBytes(),
		"deep by reference":        "C" + deepByReference(),
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			var got any
			if err := Unmarshal([]byte(data), &got); !errors.Is(err, ErrValue) {
				t.Fatalf("%.80v, %v, want ErrValue", got, err)
			}
		})
	}
}

// doubling is [a0, a1, …] where each is an array of two references to the one
// before: 2^n arrays if all were copied.
func doubling(n int) string {
	s := "\x98" + string([]byte{byte(n + 1)}) + "\xd8\x1c\x80"
	for i := range n {
		ref := "\xd8\x1d\x18" + string([]byte{byte(i)})
		s += "\xd8\x1c\x82" + ref + ref
	}
	return s
}

// copiedBytes refers 40 times to 1 MiB.
func copiedBytes() string {
	return "\x98\x29\xd8\x1c\x5a\x00\x10\x00\x00" + strings.Repeat("\x00", 1<<20) + strings.Repeat("\xd8\x1d\x00", 40)
}

// deepByReference puts a reference to something 100 deep 100 deep.
func deepByReference() string {
	return "\x82\xd8\x1c" + strings.Repeat("\x81", 100) + "\xf6" + strings.Repeat("\x81", 100) + "\xd8\x1d\x00"
}

// What occurs more than once is copied: changing one place leaves the other.
func TestSharedValues(t *testing.T) {
	shared := map[string]any{"list": []any{int64(1)}, "bytes": []byte{1}, "map": Map{{"k", Set{"v"}}}, "view": TypedArray{"Int8Array", []byte{2}}}
	plain, err := Marshal(shared)
	if err != nil {
		t.Fatal(err)
	}
	data := append([]byte("C\x82\xd8\x1c"), plain[1:]...)
	data = append(data, "\xd8\x1d\x00"...)
	var got [2]map[string]any
	if err := Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if !reflect.DeepEqual(got[i], shared) {
			t.Fatalf("place %d: %v, want %v", i, got[i], shared)
		}
	}
	got[0]["list"].([]any)[0] = "changed"
	got[0]["bytes"].([]byte)[0] = 9
	got[0]["view"].(TypedArray).Bytes[0] = 9
	got[0]["map"].(Map)[0].Value.(Set)[0] = "changed"
	if !reflect.DeepEqual(got[1], shared) {
		t.Fatalf("the places are not apart: %v", got[1])
	}
	// Numbers go by where tag 28 stands, not by where its object ends.
	var nested any
	if err := Unmarshal([]byte("C\x83\xd8\x1c\x81\xd8\x1c\x81\x07\xd8\x1d\x01\xd8\x1d\x00"), &nested); err != nil {
		t.Fatal(err)
	}
	inner := []any{int64(7)}
	if want := []any{[]any{inner}, inner, []any{inner}}; !reflect.DeepEqual(nested, want) {
		t.Fatalf("%v, want %v", nested, want)
	}
}

func TestNothingAliasesTheInput(t *testing.T) {
	data := []byte("C\x83\x41\x01\x61a\xd9\x98\x59\x82\x69Int8Array\x41\x02")
	var got any
	if err := Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	want := []any{[]byte{1}, "a", TypedArray{"Int8Array", []byte{2}}}
	clear(data)
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%v, want %v", got, want)
	}
}

func FuzzUnmarshal(f *testing.F) {
	for _, v := range []any{nil, 1.5, "a", []any{Undefined{}, Hole{}, bigOf("7")}, Map{{"k", Set{RegExp{"a", "g"}}}}, Error{"E", "m", "s"}, Boxed{true}, TypedArray{"DataView", []byte{1}},
		[]any{Ref{7}, Headers{"a", "b"}, Record{"Request", map[string]any{"body": Ref{1}}}}} {
		data, err := Marshal(v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("C\x83\xd8\x1c\x81\xd8\x1c\x81\x07\xd8\x1d\x01\xd8\x1d\x00"))
	f.Add([]byte(`J{"a":[1,-0,1e21,"\ud800"]}`))
	wellformed, err := cbor.DecOptions{MaxNestedLevels: 65535, MaxArrayElements: 1<<31 - 1, MaxMapPairs: 1<<31 - 1}.DecMode()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v any
		if err := Unmarshal(data, &v); err != nil {
			if !errors.Is(err, ErrValue) {
				t.Fatalf("%v is not an ErrValue", err)
			}
			return
		}
		if data[0] == formCBOR {
			if err := wellformed.Wellformed(data[1:]); err != nil {
				t.Fatalf("accepted % x, which is no CBOR: %v", data, err)
			}
		}
		first, err := Marshal(v)
		if err != nil {
			t.Fatalf("%#v cannot be encoded again: %v", v, err)
		}
		var again any
		if err := Unmarshal(first, &again); err != nil {
			t.Fatalf("% x cannot be decoded again: %v", first, err)
		}
		second, err := Marshal(again)
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("% x became % x, %v", first, second, err)
		}
		var into struct {
			A *int
			B []string
			C map[string]float64
			D any
		}
		if err := Unmarshal(data, &into); err != nil && !errors.Is(err, ErrValue) {
			t.Fatalf("%v is not an ErrValue", err)
		}
	})
}
