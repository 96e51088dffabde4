package value

import "testing"

var benchValue = map[string]any{
	"user": "someone@example.org", "count": int64(12345), "ratio": 0.25, "tags": []any{"a", "b", "c"},
	"nested": map[string]any{"list": []any{int64(1), int64(2), int64(3)}, "ok": true, "none": nil},
}

func benchmarkBoth(b *testing.B, v any) {
	data, err := Marshal(v)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Marshal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Marshal(v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Unmarshal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var out any
			if err := Unmarshal(data, &out); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkJSON(b *testing.B) { benchmarkBoth(b, benchValue) }

func BenchmarkCBOR(b *testing.B) { benchmarkBoth(b, []any{benchValue, Undefined{}}) }
