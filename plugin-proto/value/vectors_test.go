package value

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// vector is an entry of testdata/values, which the JavaScript codec is held to
// as well.
type vector struct {
	Name, JS, Hex string
	Again         string // what the decoded value is encoded as, where not Hex
}

func readVectors(t *testing.T, name string) []vector {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "values", name))
	if errors.Is(err, os.ErrNotExist) && os.Getenv("FACETD_MUST_WORK") != "1" {
		t.Skip("the vectors, which belong to the JavaScript codec, are not there: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	var out []vector
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// goDiffers are the vectors that Go encodes in another way than JavaScript:
// keys are sorted, and what occurs twice is written twice.
var goDiffers = map[string]string{
	"object":                  `J{"a":"x","b":[1,{"c":null}]}`,
	"shared object":           `J[{},{}]`,
	"two shared objects":      `J{"x":{"a":[]},"y":[{"a":[]},[]],"z":[]}`,
	"references at one place": `J[{},[],[],{},{"n":[]}]`,
	"shared date":             "C\x82\xc1\xfb\x00\x00\x00\x00\x00\x00\x00\x00\xc1\xfb\x00\x00\x00\x00\x00\x00\x00\x00",
}

func TestVectors(t *testing.T) {
	for _, v := range readVectors(t, "vectors.json") {
		t.Run(v.Name, func(t *testing.T) {
			data, err := hex.DecodeString(v.Hex)
			if err != nil {
				t.Fatal(err)
			}
			var got any
			err = Unmarshal(data, &got)
			if v.Name == "cycle" {
				if !errors.Is(err, ErrValue) {
					t.Fatalf("%v, want ErrValue", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			again, err := Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			want := string(data)
			if v.Again != "" {
				b, err := hex.DecodeString(v.Again)
				if err != nil {
					t.Fatal(err)
				}
				want = string(b)
			}
			if other, ok := goDiffers[v.Name]; ok {
				want = other
			}
			if string(again) != want {
				t.Fatalf("%s: %#v is encoded as %q, want %q", v.JS, got, again, want)
			}
		})
	}
}

func TestMalformedVectors(t *testing.T) {
	for _, v := range readVectors(t, "malformed.json") {
		t.Run(v.Name, func(t *testing.T) {
			data, err := hex.DecodeString(v.Hex)
			if err != nil {
				t.Fatal(err)
			}
			var got any
			err = Unmarshal(data, &got)
			if v.Name == "regexp that does not compile" { // for JavaScript to tell
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if !errors.Is(err, ErrValue) {
				t.Fatalf("%#v, %v, want ErrValue", got, err)
			}
		})
	}
}
