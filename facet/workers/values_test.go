package workers_test

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/facetd/facetd/facet/js"
)

var update = flag.Bool("update", false, "write the golden encodings of testdata/values/vectors.json anew")

const vectorsPath = "../../testdata/values/vectors.json"

// vector is a value and its encoding, shared with the Go codec.
type vector struct {
	Name string `json:"name"`
	JS   string `json:"js,omitempty"`
	Hex  string `json:"hex"`
	// Again is the encoding of what Hex decodes to, where it is another.
	Again string `json:"again,omitempty"`
}

func readVectors(t testing.TB, path string) []vector {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var list []vector
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// loadCodec loads a class that shows the codec: vN() gives vector N's value,
// echo gives back its argument.
func loadCodec(t testing.TB, list []vector) *runner {
	t.Helper()
	var b strings.Builder
	b.WriteString("import {DurableObject} from 'cloudflare:workers';\nexport class App extends DurableObject {\necho(x) { return x }\n")
	for i, v := range list {
		fmt.Fprintf(&b, "v%d() { return %s }\n", i, v.JS)
	}
	b.WriteString("}\n")
	r := start(t)
	r.mustLoad(t, b.String())
	return r
}

func (r *runner) raw(t testing.TB, method string, args []byte) js.Message {
	t.Helper()
	call := r.call()
	r.post(t, js.Message{Kind: js.InRpc, Call: call, S1: []byte(method), Body: args})
	return r.of(t, call, js.OutRpcResult, js.OutError)
}

func TestVectors(t *testing.T) {
	list := readVectors(t, vectorsPath)
	r := loadCodec(t, list)
	for i := range list {
		v := &list[i]
		t.Run(v.Name, func(t *testing.T) {
			m := r.raw(t, fmt.Sprintf("v%d", i), nil)
			got := hex.EncodeToString(m.Body)
			if m.Kind != js.OutRpcResult {
				t.Fatalf("%s: %s", m.S1, m.S2)
			}
			if *update {
				v.Hex = got
			}
			if got != v.Hex {
				t.Fatalf("%s\n got %s\nwant %s", v.JS, got, v.Hex)
			}
			if strings.HasPrefix(got, "43") { // an array of one CBOR item
				m = r.raw(t, "echo", append([]byte{'C', 0x81}, m.Body[1:]...))
			} else {
				m = r.raw(t, "echo", []byte("J["+string(m.Body[1:])+"]"))
			}
			want := v.Hex
			if v.Again != "" {
				want = v.Again
			}
			if again := hex.EncodeToString(m.Body); again != want {
				t.Errorf("decoded and encoded again\n got %s %s\nwant %s", again, m.S2, want)
			}
		})
	}
	if *update {
		var b strings.Builder
		b.WriteString("[\n")
		for i, v := range list {
			b.WriteString("  ")
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			if err := e.Encode(v); err != nil {
				t.Fatal(err)
			}
			text := strings.TrimSuffix(b.String(), "\n")
			b.Reset()
			b.WriteString(text + map[bool]string{true: ",\n", false: "\n"}[i < len(list)-1])
		}
		b.WriteString("]\n")
		if err := os.WriteFile(vectorsPath, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMalformed(t *testing.T) {
	r := loadCodec(t, nil)
	for _, v := range readVectors(t, "../../testdata/values/malformed.json") {
		t.Run(v.Name, func(t *testing.T) {
			b, err := hex.DecodeString(v.Hex)
			if err != nil {
				t.Fatal(err)
			}
			if len(b) == 0 {
				return // no arguments at all, which is allowed
			}
			m := r.raw(t, "echo", b)
			if m.Kind != js.OutError || string(m.S1) != "DataCloneError" {
				t.Errorf("got kind %d %s %s %x, want DataCloneError", m.Kind, m.S1, m.S2, m.Body)
			}
		})
	}
	bombs := map[string][]byte{
		"nested arrays":     append([]byte{'C'}, append([]byte(strings.Repeat("\x81", 200)), 0)...),
		"nested JSON":       []byte("J" + strings.Repeat("[", 200) + strings.Repeat("]", 200)),
		"very nested JSON":  []byte("J" + strings.Repeat("[", 100000) + strings.Repeat("]", 100000)),
		"nested tags":       append([]byte("C\x81"), []byte(strings.Repeat("\xd9\x98\x5b", 300000))...),
		"million items":     append([]byte("C\x9a\x00\x0f\x42\x41"), make([]byte, 1_000_001)...),
		"many small arrays": append([]byte("C\x9a\x00\x0f\x42\x40"), []byte(strings.Repeat("\x81\x00", 1_000_000))...),
	}
	for name, b := range bombs {
		t.Run(name, func(t *testing.T) {
			m := r.raw(t, "echo", b)
			if m.Kind != js.OutError || string(m.S1) != "DataCloneError" && string(m.S1) != "RangeError" {
				t.Errorf("got kind %d %s %s, want an error", m.Kind, m.S1, m.S2)
			}
		})
	}
}
