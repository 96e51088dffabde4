package workers_test

import (
	"encoding/hex"
	"testing"

	"github.com/facetd/facetd/facet/js"
)

// FuzzDecode sends arguments in any form: they are either a value, which then
// survives another round, or refused; the instance goes on.
func FuzzDecode(f *testing.F) {
	for _, path := range []string{vectorsPath, "../../testdata/values/malformed.json"} {
		for _, v := range readVectors(f, path) {
			b, err := hex.DecodeString(v.Hex)
			if err != nil {
				f.Fatal(err)
			}
			if len(b) > 0 && b[0] == 'C' {
				b = append([]byte{'C', 0x81}, b[1:]...)
			}
			f.Add(b)
		}
	}
	f.Add([]byte(`J[1,"x"]`))
	f.Fuzz(func(t *testing.T, args []byte) {
		if len(args) > 1<<16 {
			return
		}
		r := fuzzRunner(t)
		m := r.raw(t, "echo", args)
		if m.Kind == js.OutError {
			switch string(m.S1) {
			case "DataCloneError", "TypeError", "RangeError":
				return
			}
			t.Fatalf("refused with %s: %s", m.S1, m.S2)
		}
		wrapped := append([]byte("J["), append(m.Body[1:len(m.Body):len(m.Body)], ']')...)
		if m.Body[0] == 'C' {
			wrapped = append([]byte{'C', 0x81}, m.Body[1:]...)
		}
		again := r.raw(t, "echo", wrapped)
		if again.Kind != js.OutRpcResult || string(again.Body) != string(m.Body) {
			t.Fatalf("%x became %x became kind %d %x %s", args, m.Body, again.Kind, again.Body, again.S2)
		}
	})
}

var fuzzLoaded bool

func fuzzRunner(t *testing.T) *runner {
	if !fuzzLoaded {
		loadCodec(t, nil)
		fuzzLoaded = true
	}
	return start(t)
}
