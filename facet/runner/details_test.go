package runner

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/facetd/facetd/facet/js"
	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// What the props of targets refer to lies flat in one list, each reference behind
// the one whose target's props name it.
func TestReferencesOfReferences(t *testing.T) {
	text := `{"refs":[{"export":3,"kind":1},{"kind":3,"target":{"entrypoint":{"name":"A","props":"Snt9","refs":[` +
		`{"handle":7,"kind":3},{"kind":4,"target":{"entrypoint":{"name":"B","refs":[{"handle":8,"kind":3}]}}}]}}}],"path":["a","b"],"property":true}`
	d, err := parseDetails([]byte(text))
	if err != nil || len(d.Path) != 2 || !d.Property {
		t.Fatalf("%+v, %v", d, err)
	}
	var inner innerRefs
	refs, err := inner.refs(d.Refs)
	if err != nil || len(refs) != 2 || len(inner.list) != 3 {
		t.Fatalf("%v, %v, %v", refs, inner.list, err)
	}
	a := refs[1].GetTarget().GetEntrypoint()
	if refs[0].GetExport() != 3 || len(a.Refs) != 2 || a.Refs[0] != 0 || a.Refs[1] != 1 {
		t.Errorf("%v", refs)
	}
	b := inner.list[1].GetTarget().GetEntrypoint()
	if inner.list[0].GetHandle() != 7 || b.GetName() != "B" || len(b.Refs) != 1 || b.Refs[0] != 2 || inner.list[2].GetHandle() != 8 {
		t.Errorf("%v", inner.list)
	}
}

func TestDetailsThatNobodyUnderstands(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat(`{"handle":1,"kind":3},`, maxRefs+1), ",")
	for name, text := range map[string]string{
		"no JSON": "{", "no reference": `{"refs":[{"kind":1}]}`, "negative": `{"refs":[{"export":-1,"kind":1}]}`,
		"many":       `{"refs":[` + many + `]}`,
		"many inner": `{"refs":[{"kind":3,"target":{"entrypoint":{"name":"A","refs":[` + many + `]}}}]}`,
		"nobody":     `{"refs":[{"kind":3,"target":{}}]}`,
		"deep":       `{"refs":[` + strings.Repeat(`{"target":{"entrypoint":{"refs":[`, 20000) + `]}`,
	} {
		var inner innerRefs
		d, err := parseDetails([]byte(text))
		if err == nil {
			_, err = inner.refs(d.Refs)
		}
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// An answer that cannot be sent has not travelled: the runtime gets its exports
// back.
func TestUnsentExportsComeBack(t *testing.T) {
	var posted []js.Message
	o := &outbox{post: func(m js.Message) { posted = append(posted, m) }, refused: func(uint64, error) {}}
	s2 := []byte(`{"refs":[{"export":5,"kind":1},{"handle":2,"kind":3},{"export":6,"kind":5}]}`)
	if f := o.frame(&js.Message{Kind: js.OutRpcResult, Call: 1, S2: s2, Body: []byte("J1")}); len(f.GetRpcResult().GetRefs()) != 3 || len(posted) != 0 {
		t.Fatalf("%v, %v", f, posted)
	}
	if f := o.frame(&js.Message{Kind: js.OutRpcResult, Call: 1, S2: s2, Body: make([]byte, maxResult)}); f.GetFailure() == nil {
		t.Errorf("%v", f)
	}
	if f := o.frame(&js.Message{Kind: js.OutHostRpc, Call: 2, S2: s2, Body: append(withTarget(`{"host":{}}`, ""), make([]byte, maxResult)...)}); f != nil {
		t.Errorf("%v", f)
	}
	if len(posted) != 2 || posted[0].Kind != js.InRelease || string(posted[1].S1) != "[[5,1],[6,1]]" {
		t.Errorf("%+v", posted)
	}
}

func TestReleasedHandles(t *testing.T) {
	frames := released([]byte("[3,1,9]"))
	if len(frames) != 3 || frames[2].GetRelease().GetNumber() != 9 || frames[2].GetRelease().GetCount() != 1 || frames[0].Call != 0 {
		t.Errorf("%v", frames)
	}
	if frames := released([]byte("{")); len(frames) != 0 {
		t.Errorf("%v", frames)
	}
}

func FuzzDetails(f *testing.F) {
	f.Add([]byte(`{"refs":[{"export":3,"kind":1},{"target":{"entrypoint":{"name":"x","refs":[{"handle":1,"kind":3}]}},"kind":4}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := parseDetails(text)
		if err != nil {
			return
		}
		var inner innerRefs
		refs, err := inner.refs(d.Refs)
		if err == nil && (len(refs) > maxRefs || len(inner.list) > maxRefs) {
			t.Errorf("%d, %d", len(refs), len(inner.list))
		}
	})
}

// Frames with references become messages with details, and back.
func TestDetailsOfFrames(t *testing.T) {
	m, ok := message(&facetv1.Frame{Call: 3, Kind: &facetv1.Frame_RpcCall{RpcCall: &facetv1.RpcCall{Method: "m", Path: []string{"a"},
		Target: &facetv1.Target{To: &facetv1.Target_Export{Export: 4}},
		Refs:   []*facetv1.Ref{{To: &facetv1.Ref_Handle{Handle: 1}, Kind: 1}, {To: &facetv1.Ref_Yours{Yours: 2}, Kind: 2}}}}})
	var d details
	if err := json.Unmarshal(m.S2, &d); err != nil || !ok || m.Kind != js.InRpc || m.A != 4 || len(d.Refs) != 2 ||
		d.Refs[0].Handle != 1 || d.Refs[1].Yours != 2 || d.Refs[1].Kind != 2 || d.Path[0] != "a" {
		t.Errorf("%+v %s", m, m.S2)
	}
	m, ok = message(&facetv1.Frame{Kind: &facetv1.Frame_Release{Release: &facetv1.Release{Number: 4, Count: 2}}})
	if !ok || m.Kind != js.InRelease || string(m.S1) != "[[4,2]]" {
		t.Errorf("%+v", m)
	}
}
