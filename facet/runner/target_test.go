package runner

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/facetd/facetd/facet/js"
	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

func withTarget(target, rest string) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(target))), target+rest...)
}

func TestTargets(t *testing.T) {
	tests := []struct {
		json string
		want func(*facetv1.Target) bool
	}{
		{`{"facet":{"name":"a\u0000b","callback":7}}`, func(t *facetv1.Target) bool {
			return t.GetFacet().GetName() == "a\x00b" && t.GetFacet().GetCallback() == 7
		}},
		{`{"object":{"namespace":"NS","id":"00"}}`, func(t *facetv1.Target) bool {
			return t.GetObject().GetNamespace() == "NS" && t.GetObject().GetId() == "00" && !t.GetObject().GetHasName()
		}},
		{`{"object":{"namespace":"NS","id":"00","name":""}}`, func(t *facetv1.Target) bool { return t.GetObject().GetHasName() }},
		{`{"entrypoint":{"name":"default"}}`, func(t *facetv1.Target) bool {
			return t.GetEntrypoint().GetName() == "default" && !t.GetEntrypoint().GetHasWorker()
		}},
		{`{"entrypoint":{"loader":"L","worker":"","callback":2,"name":"X","props":"Snt9"}}`, func(t *facetv1.Target) bool {
			e := t.GetEntrypoint()
			return e.GetLoader() == "L" && e.GetHasWorker() && e.GetCallback() == 2 && string(e.GetProps()) == "J{}"
		}},
		{`{"handle":9}`, func(t *facetv1.Target) bool { return t.GetHandle() == 9 }},
		{`{"host":{}}`, func(t *facetv1.Target) bool { return t.GetHost() != nil }},
		{`{"outbound":{}}`, func(t *facetv1.Target) bool { return t.GetOutbound() != nil }},
	}
	for _, tt := range tests {
		target, rest, err := splitTarget(withTarget(tt.json, "rest"), &innerRefs{})
		if err != nil || string(rest) != "rest" || !tt.want(target) {
			t.Errorf("%s: %v, %q, %v", tt.json, target, rest, err)
		}
	}
	for name, b := range map[string][]byte{
		"nothing": nil, "cut": {1, 0, 0}, "too short": {9, 0, 0, 0, '{', '}'}, "no JSON": withTarget("[", ""),
		"nobody": withTarget("{}", ""), "callback": withTarget(`{"callback":1}`, ""),
		"no base64": withTarget(`{"entrypoint":{"props":"*"}}`, ""),
		"huge":      withTarget(`{"facet":{"name":"`+strings.Repeat("x", maxTarget)+`"}}`, ""),
	} {
		if _, _, err := splitTarget(b, &innerRefs{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzTarget(f *testing.F) {
	f.Add(withTarget(`{"facet":{"name":"a","callback":1}}`, "J[]"))
	f.Add(withTarget(`{"entrypoint":{"props":"Snt9"}}`, ""))
	f.Fuzz(func(t *testing.T, b []byte) {
		target, rest, err := splitTarget(b, &innerRefs{})
		if err == nil && (target.To == nil || len(rest) > len(b)) {
			t.Errorf("%v, %d bytes", target, len(rest))
		}
	})
}

// Frames of calls that the instance opened become the messages of
// docs/projects.md.
func TestAnswersToTheInstance(t *testing.T) {
	tests := []struct {
		name  string
		frame *facetv1.Frame
		want  js.Message
	}{
		{"response", &facetv1.Frame{Call: 2, Kind: &facetv1.Frame_Response{Response: &facetv1.ResponseHead{Status: 201, StatusText: "Made", Headers: []byte("a\x00b\x00"), Body: []byte("x")}}},
			js.Message{Kind: js.InHostResponse, Call: 2, A: 201 | 1<<16, S1: []byte("Made"), S3: []byte("a\x00b\x00"), Body: []byte("x")}},
		{"result", &facetv1.Frame{Call: 2, Kind: &facetv1.Frame_RpcResult{RpcResult: &facetv1.RpcResult{Value: []byte("J1")}}},
			js.Message{Kind: js.InHostResult, Call: 2, Body: []byte("J1")}},
		{"failure", &facetv1.Frame{Call: 2, Kind: &facetv1.Frame_Failure{Failure: &facetv1.Failure{Kind: 1, Name: "TypeError", Message: "no", DurableObjectReset: true}}},
			js.Message{Kind: js.InHostError, Call: 2, A: 1 | 1<<16, S1: []byte("TypeError"), S2: []byte("no")}},
		{"failure of the supervisor's call", &facetv1.Frame{Call: 3, Kind: &facetv1.Frame_Failure{Failure: &facetv1.Failure{}}},
			js.Message{Kind: js.InCancel, Call: 3}},
		{"callback", &facetv1.Frame{Call: 3, Kind: &facetv1.Frame_RpcCall{RpcCall: &facetv1.RpcCall{Args: []byte("J[]"), Target: &facetv1.Target{To: &facetv1.Target_Callback{Callback: 5}}}}},
			js.Message{Kind: js.InCallback, Call: 3, A: 5, Body: []byte("J[]")}},
		{"method", &facetv1.Frame{Call: 3, Kind: &facetv1.Frame_RpcCall{RpcCall: &facetv1.RpcCall{Method: "m", Args: []byte("J[]")}}},
			js.Message{Kind: js.InRpc, Call: 3, S1: []byte("m"), Body: []byte("J[]")}},
	}
	for _, tt := range tests {
		got, ok := message(tt.frame)
		if !ok || got.Kind != tt.want.Kind || got.Call != tt.want.Call || got.A != tt.want.A ||
			string(got.S1) != string(tt.want.S1) || string(got.S2) != string(tt.want.S2) || string(got.S3) != string(tt.want.S3) || string(got.Body) != string(tt.want.Body) {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}
