package value

import (
	"errors"
	"reflect"
	"testing"
)

type capability struct{ name string }

// References keep their places, and records their fields, both ways.
func TestReferencesAndRecords(t *testing.T) {
	in := map[string]any{
		"f": Ref{3}, "h": Headers{"a", "1", "a", "2"},
		"r": Record{Kind: "Response", Fields: map[string]any{"status": int64(204), "headers": Headers{}, "body": Ref{0}}},
	}
	data, err := Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := Unmarshal(data, &out); err != nil || !reflect.DeepEqual(any(in), out) {
		t.Errorf("%#v, %v", out, err)
	}
	for _, bad := range []any{Ref{MaxRefs}, Headers{"a"}, Record{Kind: "Blob"}} {
		if _, err := Marshal(bad); !errors.Is(err, ErrValue) {
			t.Errorf("%#v: %v", bad, err)
		}
	}
}

// The caller says what stands for what only it knows.
func TestCallersReferences(t *testing.T) {
	a, b := &capability{"a"}, &capability{"b"}
	var list []*capability
	data, err := MarshalRefs(map[string]any{"x": a, "y": []any{b, 1, nil}}, func(v any) (Ref, bool, error) {
		c, ok := v.(*capability)
		if !ok {
			return Ref{}, false, nil
		}
		list = append(list, c)
		return Ref{uint64(len(list) - 1)}, true, nil
	})
	if err != nil || len(list) != 2 {
		t.Fatal(err, list)
	}
	var out map[string]any
	err = UnmarshalRefs(data, &out, func(r Ref) (any, error) { return list[r.Place], nil })
	if err != nil || out["x"] != a || out["y"].([]any)[0] != b {
		t.Errorf("%v, %v", out, err)
	}
	no := errors.New("no")
	if _, err := MarshalRefs(a, func(any) (Ref, bool, error) { return Ref{}, false, no }); !errors.Is(err, no) {
		t.Error(err)
	}
	if err := UnmarshalRefs(data, &out, func(Ref) (any, error) { return nil, no }); !errors.Is(err, no) {
		t.Error(err)
	}
}
