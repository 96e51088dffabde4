package testpeer

import (
	"strings"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/plugin-proto/value"
)

// exports are what functions that a peer exports do; others are not answered.
const (
	exportEcho  = 1
	exportThrow = 2
	// 3 never answers.
	exportJunk     = 4 // answers with what is no value
	exportCallBack = 5 // calls the first handle that the peer holds
	exportGive     = 6 // answers with a function
	exportChunk    = 7 // answers with what a method call has no place for
)

func ref(export uint64) *facetv1.Ref {
	return &facetv1.Ref{To: &facetv1.Ref_Export{Export: export}, Kind: facetv1.Ref_KIND_FUNCTION}
}

func result(call uint64, text string, refs ...*facetv1.Ref) *facetv1.Frame {
	return &facetv1.Frame{Call: call, Kind: &facetv1.Frame_RpcResult{RpcResult: &facetv1.RpcResult{Value: []byte(text), Refs: refs}}}
}

func release(handle uint64, count uint32) *facetv1.Frame {
	return &facetv1.Frame{Kind: &facetv1.Frame_Release{Release: &facetv1.Release{Number: handle, Count: count}}}
}

// keepRefs remembers the handles that came with a message.
func (c *channel) keepRefs(refs []*facetv1.Ref) {
	for _, r := range refs {
		if n := r.GetHandle(); n != 0 {
			c.held = append(c.held, n)
		}
		if r.GetYours() != 0 {
			c.home++
		}
	}
}

// exported answers a call of one of the peer's own functions.
func (c *channel) exported(call uint64, r *facetv1.RpcCall) {
	switch r.Target.GetExport() {
	case exportEcho:
		c.send(result(call, string(r.Args)))
	case exportThrow:
		c.send(failure(call, facetv1.Failure_KIND_EXCEPTION, "RangeError", "callback threw"))
	case exportJunk:
		c.send(result(call, "\xff\xff"))
	case exportCallBack:
		c.callHeld(call, 0, "", r.Args, nil)
	case exportGive:
		c.send(result(call, "C\xd9\x98\x5d\x00", ref(exportEcho)))
	case exportChunk:
		c.send(chunk(call, nil, true))
	}
}

// callHeld calls a handle; the answer is that of the origin.
func (c *channel) callHeld(origin uint64, i int, method string, args []byte, refs []*facetv1.Ref) {
	n := uint64(1 << 40) // one that the peer was never given
	if i >= 0 && i < len(c.held) {
		n = c.held[i]
	}
	c.hostCalls += 2
	c.origins[c.hostCalls] = origin
	c.send(&facetv1.Frame{Call: c.hostCalls, Kind: &facetv1.Frame_RpcCall{RpcCall: &facetv1.RpcCall{
		Method: method, Args: args, Refs: refs, Target: &facetv1.Target{To: &facetv1.Target_Handle{Handle: n}}}}})
}

// refMethods are methods of a peer that deals in references.
var refMethods = map[string]func(c *channel, call uint64, args []any){
	// Keeps what came with the arguments.
	"keep": func(c *channel, n uint64, _ []any) { c.send(result(n, "Jnull")) },
	// How many handles it holds, and how often an export came home.
	"held": func(c *channel, n uint64, _ []any) {
		b, _ := value.Marshal([]int{len(c.held), c.home})
		c.send(result(n, string(b)))
	},
	// give(export): answers with a function. lend(object id, method, exports…): calls an
	// object with functions.
	"give": func(c *channel, n uint64, args []any) {
		c.send(result(n, "C\xd9\x98\x5d\x00", ref(uint64(args[0].(int64)))))
	},
	"lend": func(c *channel, n uint64, args []any) {
		var refs []*facetv1.Ref
		for _, e := range args[2:] {
			refs = append(refs, ref(uint64(e.(int64))))
		}
		c.hostCalls += 2
		c.origins[c.hostCalls] = n
		c.send(&facetv1.Frame{Call: c.hostCalls, Kind: &facetv1.Frame_RpcCall{RpcCall: &facetv1.RpcCall{
			Method: args[1].(string), Args: []byte("J[]"), Refs: refs, Target: object(args[0].(string))}}})
	},
	// call(handle's place, method): calls what it holds. pass(place, place): gives the
	// second one to the first one's method keep.
	"call": func(c *channel, n uint64, args []any) {
		c.callHeld(n, int(args[0].(int64)), args[1].(string), []byte(`J["hi"]`), nil)
	},
	"call-with": func(c *channel, n uint64, args []any) {
		b, _ := value.Marshal(args[2:])
		c.callHeld(n, int(args[0].(int64)), args[1].(string), b, nil)
	},
	"pass": func(c *channel, n uint64, args []any) {
		c.callHeld(n, int(args[0].(int64)), "keep", []byte("J[]"), []*facetv1.Ref{
			{To: &facetv1.Ref_Handle{Handle: c.held[args[1].(int64)]}, Kind: facetv1.Ref_KIND_FUNCTION}})
	},
	// Calls the function that came with the arguments.
	"callback": func(c *channel, n uint64, _ []any) { c.callHeld(n, len(c.held)-1, "", []byte(`J["hi"]`), nil) },
	"fetch-held": func(c *channel, n uint64, args []any) {
		c.hostCalls += 2
		c.origins[c.hostCalls] = n
		c.send(&facetv1.Frame{Call: c.hostCalls, Kind: &facetv1.Frame_Request{Request: &facetv1.RequestHead{
			Method: "GET", Url: "http://x.example/", End: true, Target: &facetv1.Target{To: &facetv1.Target_Handle{Handle: c.held[args[0].(int64)]}}}}})
	},
	"release-all": func(c *channel, n uint64, _ []any) {
		for _, h := range c.held {
			c.send(release(h, 1))
		}
		c.held = nil
		c.send(result(n, "Jnull"))
	},
	// The rest is what no honest runner does.
	"release-twice":   func(c *channel, _ uint64, _ []any) { c.send(release(c.held[0], 1), release(c.held[0], 1)) },
	"release-unknown": func(c *channel, _ uint64, _ []any) { c.send(release(1<<50, 1)) },
	"release-many":    func(c *channel, _ uint64, _ []any) { c.send(release(c.held[0], 1<<31)) },
	"release-storm": func(c *channel, _ uint64, _ []any) {
		for i := range uint64(10000) {
			c.send(release(i+1, 1))
		}
	},
	"steal": func(c *channel, n uint64, _ []any) { c.callHeld(n, -1, "count", []byte("J[]"), nil) },
	"forge": func(c *channel, n uint64, _ []any) {
		c.send(result(n, "C\xd9\x98\x5d\x00", &facetv1.Ref{To: &facetv1.Ref_Handle{Handle: 1 << 40}, Kind: facetv1.Ref_KIND_STUB}))
	},
	"flood": func(c *channel, n uint64, _ []any) {
		refs := make([]*facetv1.Ref, 10_000)
		for i := range refs {
			refs[i] = ref(uint64(i) + 1)
		}
		c.send(result(n, "Jnull", refs...))
	},
	"yours": func(c *channel, n uint64, _ []any) {
		c.send(result(n, "Jnull", &facetv1.Ref{To: &facetv1.Ref_Yours{Yours: 1}, Kind: facetv1.Ref_KIND_FUNCTION}))
	},
	// stub-of(object id): a stub of an object, of which it may have none.
	"stub-of": func(c *channel, n uint64, args []any) {
		c.send(result(n, "C\xd9\x98\x5d\x00", &facetv1.Ref{To: &facetv1.Ref_Target{Target: object(args[0].(string))}, Kind: facetv1.Ref_KIND_STUB}))
	},
	"facet-stub": func(c *channel, n uint64, _ []any) {
		c.send(result(n, "C\xd9\x98\x5d\x00", &facetv1.Ref{Kind: facetv1.Ref_KIND_STUB, To: &facetv1.Ref_Target{Target: &facetv1.Target{
			To: &facetv1.Target_Facet{Facet: &facetv1.FacetTarget{Name: "f", Callback: 1}}}}}))
	},
	"loaded-stub": func(c *channel, n uint64, _ []any) {
		c.send(result(n, "C\xd9\x98\x5d\x00", &facetv1.Ref{Kind: facetv1.Ref_KIND_CLASS, To: &facetv1.Ref_Target{Target: &facetv1.Target{
			To: &facetv1.Target_Entrypoint{Entrypoint: &facetv1.EntrypointTarget{Loader: "L", Name: "X", Callback: 10}}}}}))
	},
	"bush": func(c *channel, n uint64, args []any) { c.bush(n, int(args[0].(int64))) },
	// Props of 1 MiB each, in as many stubs as fit a message.
	"fat": func(c *channel, n uint64, _ []any) {
		var refs []*facetv1.Ref
		for range 3 {
			refs = append(refs, &facetv1.Ref{Kind: facetv1.Ref_KIND_STUB, To: &facetv1.Ref_Target{Target: &facetv1.Target{
				To: &facetv1.Target_Entrypoint{Entrypoint: &facetv1.EntrypointTarget{Name: "E", Props: []byte(`J"` + strings.Repeat("x", 1<<20-10) + `"`)}}}}})
		}
		c.send(result(n, "Jnull", refs...))
	},
}

func object(id string) *facetv1.Target {
	return &facetv1.Target{To: &facetv1.Target_Object{Object: &facetv1.ObjectTarget{Namespace: "NS", Id: id}}}
}

// bush is a class with itself twice in its props, depth times over, in the props of a
// stub: 2^depth paths in a message of a few kilobytes.
func (c *channel) bush(call uint64, depth int) {
	target := func(places ...uint32) *facetv1.Ref_Target {
		return &facetv1.Ref_Target{Target: &facetv1.Target{To: &facetv1.Target_Entrypoint{Entrypoint: &facetv1.EntrypointTarget{Name: "E", Refs: places}}}}
	}
	var inner []*facetv1.Ref
	for i := range uint32(depth) {
		inner = append(inner, &facetv1.Ref{Kind: facetv1.Ref_KIND_CLASS, To: target(i+1, i+1)})
	}
	inner = append(inner, &facetv1.Ref{Kind: facetv1.Ref_KIND_CLASS, To: target()})
	f := result(call, "Jnull", &facetv1.Ref{Kind: facetv1.Ref_KIND_STUB, To: target(0)})
	f.GetRpcResult().Inner = inner
	c.send(f)
}
