package testpeer

import (
	"context"
	"strings"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/plugin-proto/value"
)

// callbacks are what the functions that a peer names return; others never do.
// What is no value is a failure's message.
var callbacks = map[uint64]string{
	1: `J{"class":{"name":"App"}}`,
	2: `Jnull`,
	3: `J{"class":"App"}`,
	// 4 never answers.
	5:  `J{"class":{"loader":"Nope","name":"App"}}`,
	6:  `J{"class":{"name":"App"},"id":42}`,
	7:  "\xff\xff\xff",
	8:  "callback threw",
	9:  `J{"class":{"loader":"L","worker":"w1","callback":10,"name":"App"}}`,
	10: `J{"compatibilityDate":"2026-04-01","mainModule":"w.js","modules":{"w.js":""}}`,
	11: `J{"class":{"loader":"L","callback":12,"name":"App"}}`,
	12: `J{"compatibilityDate":"2026-04-01","mainModule":"w.js","modules":{"w.js":{"wasm":1}}}`,
	13: `J{"class":{"name":7}}`,
	14: `J{"class":{"name":"App"},"id":{"id":"zz"}}`,
	15: "J" + strings.Repeat("[", 100) + strings.Repeat("]", 100),
	16: `J{"class":{"name":"App"},"id":"plain"}`,
}

// Inspect answers with what every peer exports.
func (p *peer) Inspect(context.Context, *facetv1.InspectRequest) (*facetv1.InspectResponse, error) {
	return &facetv1.InspectResponse{Exports: []*facetv1.Export{
		{Name: "App", Kind: facetv1.Export_KIND_DURABLE_OBJECT}, {Name: "default", Kind: facetv1.Export_KIND_ENTRYPOINT},
	}}, nil
}

// host opens a call as the arguments of a method call say: kind of target, two
// names, callback, method, arguments. Its answer is that of the method call.
func (c *channel) host(origin uint64, encoded []byte) {
	var args []any
	if err := value.Unmarshal(encoded, &args); err != nil || len(args) < 5 {
		c.send(failure(origin, facetv1.Failure_KIND_INTERNAL, "Error", "the test is wrong"))
		return
	}
	a, b, method := args[1].(string), args[2].(string), args[4].(string)
	callback := uint64(args[3].(int64))
	t := &facetv1.Target{}
	switch args[0] {
	case "facet":
		t.To = &facetv1.Target_Facet{Facet: &facetv1.FacetTarget{Name: a, Callback: callback}}
	case "object":
		t.To = &facetv1.Target_Object{Object: &facetv1.ObjectTarget{Namespace: a, Id: b}}
	case "object of a name":
		t.To = &facetv1.Target_Object{Object: &facetv1.ObjectTarget{Namespace: a, Id: strings.Repeat("0", 64), Name: b, HasName: true}}
	case "entrypoint":
		t.To = &facetv1.Target_Entrypoint{Entrypoint: &facetv1.EntrypointTarget{Loader: a, Worker: b, HasWorker: b != "", Callback: callback, Name: "default"}}
	case "host":
		t.To = &facetv1.Target_Host{Host: &facetv1.HostTarget{}}
	case "outbound":
		t.To = &facetv1.Target_Outbound{Outbound: &facetv1.OutboundTarget{}}
	}
	rest, err := value.Marshal(args[5:])
	if err != nil {
		panic(err)
	}
	c.hostCalls += 2
	c.origins[c.hostCalls] = origin
	c.send(&facetv1.Frame{Call: c.hostCalls, Kind: &facetv1.Frame_RpcCall{RpcCall: &facetv1.RpcCall{Method: method, Args: rest, Target: t}}})
}

// answered passes an answer of the supervisor on.
func (c *channel) answered(f *facetv1.Frame) {
	origin := c.origins[f.Call]
	delete(c.origins, f.Call)
	if r := f.GetRpcResult(); r != nil { // what it holds by now is not passed on
		f = result(f.Call, string(r.Value))
	}
	c.send(&facetv1.Frame{Call: origin, Kind: f.Kind})
}

func (c *channel) callback(call, number uint64) {
	text, ok := callbacks[number]
	switch {
	case number == 8:
		c.send(failure(call, facetv1.Failure_KIND_EXCEPTION, "RangeError", text))
	case ok:
		c.send(&facetv1.Frame{Call: call, Kind: &facetv1.Frame_RpcResult{RpcResult: &facetv1.RpcResult{Value: []byte(text)}}})
	}
}
