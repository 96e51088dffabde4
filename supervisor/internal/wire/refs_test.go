package wire

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/refs"
)

const fn = facetv1.Ref_KIND_FUNCTION

func export(n uint64) *facetv1.Ref {
	return &facetv1.Ref{To: &facetv1.Ref_Export{Export: n}, Kind: fn}
}

func held(n uint64) *facetv1.Ref { return &facetv1.Ref{To: &facetv1.Ref_Handle{Handle: n}, Kind: fn} }

func stubRef(t *facetv1.Target, kind facetv1.Ref_Kind) *facetv1.Ref {
	return &facetv1.Ref{To: &facetv1.Ref_Target{Target: t}, Kind: kind}
}

func entrypointOf(places ...uint32) *facetv1.Target {
	return &facetv1.Target{To: &facetv1.Target_Entrypoint{Entrypoint: &facetv1.EntrypointTarget{Name: "E", Refs: places}}}
}

func callWith(id uint64, list ...*facetv1.Ref) *facetv1.Frame {
	f := hostRPC(id, "J[]")
	f.GetRpcCall().Refs = list
	return f
}

func resultWith(id uint64, list ...*facetv1.Ref) *facetv1.Frame {
	return &facetv1.Frame{Call: id, Kind: &facetv1.Frame_RpcResult{RpcResult: &facetv1.RpcResult{Value: []byte("J1"), Refs: list}}}
}

func releaseOf(n uint64, count uint32) *facetv1.Frame {
	return &facetv1.Frame{Kind: &facetv1.Frame_Release{Release: &facetv1.Release{Number: n, Count: count}}}
}

func table() *refs.Table {
	return refs.New(nil, func(r *facetv1.Ref, _ []refs.Cap) (refs.Cap, error) {
		return refs.Cap{Kind: r.Kind, Durable: r.String()}, nil
	})
}

func withTable(t *refs.Table) func(*Config) { return func(c *Config) { c.Refs = t } }

func empty(t *testing.T, tables ...*refs.Table) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		left := 0
		for _, table := range tables {
			h, e := table.Counts()
			left += h + e
		}
		if left == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d handles and exports are left", left)
		}
	}
}

// A function goes with the arguments, one comes back with the result, and each
// exporter learns when nobody holds it any more.
func TestReferencesBothWays(t *testing.T) {
	ta, tb := table(), table()
	b, pb, _ := accepting(t, withTable(tb), func(*Incoming) {})
	_, pa, _ := accepting(t, withTable(ta), func(in *Incoming) {
		r, err := b.Call(in.Context(), in.Call())
		if err != nil {
			t.Error(err)
			return
		}
		in.Result(r)
	})
	f := callWith(2, export(11), export(11))
	f.GetRpcCall().Path, f.GetRpcCall().Property = []string{"p", "q"}, true
	pa.say(f)
	call := <-pb.sent
	got := call.GetRpcCall()
	if len(got.Refs) != 2 || got.Refs[0].GetHandle() == 0 || got.Refs[0].GetHandle() == got.Refs[1].GetHandle() || len(got.Path) != 2 || !got.Property {
		t.Fatalf("%v", got)
	}
	first, second := got.Refs[0].GetHandle(), got.Refs[1].GetHandle()
	// The answer: an export of b's, and a's own come home. Then b lets go.
	pb.say(resultWith(call.Call, export(21), held(first)), releaseOf(first, 1), releaseOf(second, 1))
	answer := (<-pa.sent).GetRpcResult()
	if len(answer.GetRefs()) != 2 || answer.Refs[1].GetYours() != 11 {
		t.Fatalf("%v", answer)
	}
	if r := (<-pa.sent).GetRelease(); r.GetNumber() != 11 || r.GetCount() != 2 {
		t.Errorf("%v", r)
	}
	pa.say(releaseOf(answer.Refs[0].GetHandle(), 1))
	if r := (<-pb.sent).GetRelease(); r.GetNumber() != 21 || r.GetCount() != 1 {
		t.Errorf("%v", r)
	}
	empty(t, ta, tb)
}

// What a runner may not say about references ends the connection.
func TestViolationsWithReferences(t *testing.T) {
	many := func(n int) (list []*facetv1.Ref) {
		for range n {
			list = append(list, export(1))
		}
		return list
	}
	inner := func(list []*facetv1.Ref, in ...*facetv1.Ref) *facetv1.Frame {
		f := callWith(2, list...)
		f.GetRpcCall().Inner = in
		return f
	}
	path := func(p ...string) *facetv1.Frame {
		f := callWith(2)
		f.GetRpcCall().Path = p
		return f
	}
	object := &facetv1.Target{To: &facetv1.Target_Object{Object: &facetv1.ObjectTarget{Namespace: "N", Id: "x"}}}
	host := &facetv1.Target{To: &facetv1.Target_Host{Host: &facetv1.HostTarget{}}}
	nested := &facetv1.Target{To: &facetv1.Target_Handle{Handle: 1}}
	kind := func(r *facetv1.Ref, k facetv1.Ref_Kind) *facetv1.Ref { r.Kind = k; return r }
	for name, frames := range map[string][]*facetv1.Frame{
		"nil":                     {callWith(2, nil)},
		"nobody":                  {callWith(2, &facetv1.Ref{Kind: fn})},
		"no kind":                 {callWith(2, kind(export(1), 0))},
		"unknown kind":            {callWith(2, kind(export(1), 99))},
		"negative kind":           {callWith(2, kind(export(1), -1))},
		"export 0":                {callWith(2, export(0))},
		"export too large":        {callWith(2, export(1<<53))},
		"exported stub":           {callWith(2, kind(export(1), facetv1.Ref_KIND_STUB))},
		"yours":                   {callWith(2, &facetv1.Ref{To: &facetv1.Ref_Yours{Yours: 1}, Kind: fn})},
		"handle 0":                {callWith(2, held(0))},
		"handle not given":        {callWith(2, held(7))},
		"many":                    {callWith(2, many(refs.MaxRefs+1)...)},
		"many inner":              {inner(nil, many(refs.MaxRefs+1)...)},
		"export of two kinds":     {callWith(2, export(1), kind(export(1), facetv1.Ref_KIND_TARGET))},
		"function of a target":    {callWith(2, stubRef(entrypointOf(), fn))},
		"nil target":              {callWith(2, stubRef(nil, facetv1.Ref_KIND_STUB))},
		"host as a stub":          {callWith(2, stubRef(host, facetv1.Ref_KIND_STUB))},
		"handle as a target":      {callWith(2, stubRef(nested, facetv1.Ref_KIND_STUB))},
		"object of a wrong id":    {callWith(2, stubRef(object, facetv1.Ref_KIND_STUB))},
		"props that are not":      {callWith(2, stubRef(entrypointOf(0), facetv1.Ref_KIND_STUB))},
		"props in a circle":       {inner(nil, stubRef(entrypointOf(0), facetv1.Ref_KIND_STUB))},
		"props that look back":    {inner(nil, stubRef(entrypointOf(), facetv1.Ref_KIND_STUB), stubRef(entrypointOf(0), facetv1.Ref_KIND_STUB))},
		"function in props":       {inner([]*facetv1.Ref{stubRef(entrypointOf(0), facetv1.Ref_KIND_STUB)}, export(1))},
		"deep path":               {path(make([]string, maxPath+1)...)},
		"long path":               {path(strings.Repeat("x", maxMethod))},
		"path not UTF-8":          {path("\xff")},
		"release of nothing":      {releaseOf(1, 1)},
		"release of 0":            {releaseOf(0, 1)},
		"nil release":             {{Kind: &facetv1.Frame_Release{}}},
		"release of many":         {releaseOf(1, 2)},
		"release of a call":       {{Call: 2, Kind: releaseOf(1, 1).Kind}},
		"handle 0 as a callee":    {{Call: 2, Kind: &facetv1.Frame_RpcCall{RpcCall: &facetv1.RpcCall{Target: &facetv1.Target{To: &facetv1.Target_Handle{}}}}}},
		"export as a callee":      {{Call: 2, Kind: &facetv1.Frame_RpcCall{RpcCall: &facetv1.RpcCall{Target: &facetv1.Target{To: &facetv1.Target_Export{Export: 1}}}}}},
		"fetch with lying props":  {{Call: 2, Kind: &facetv1.Frame_Request{Request: &facetv1.RequestHead{Method: "GET", Url: "http://x.example/", Target: entrypointOf(0)}}}},
		"result of no known call": {resultWith(7, export(1))},
	} {
		t.Run(name, func(t *testing.T) {
			_, p, lost := accepting(t, withTable(table()), func(in *Incoming) { until(in.Context()) })
			p.say(frames...)
			if err := <-lost; !IsViolation(err) {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("without a table", func(t *testing.T) {
		_, p, lost := accepting(t, nil, func(in *Incoming) { until(in.Context()) })
		p.say(callWith(2, export(1)))
		if err := <-lost; !IsViolation(err) {
			t.Errorf("%v", err)
		}
	})
	t.Run("released twice", func(t *testing.T) {
		tb := table()
		m, p, lost := accepting(t, withTable(tb), func(*Incoming) {})
		go m.Call(t.Context(), Method{Caps: []refs.Cap{{Kind: facetv1.Ref_KIND_STUB, Durable: 1}}}) //nolint:errcheck // it is never answered
		n := (<-p.sent).GetRpcCall().GetRefs()[0].GetHandle()
		p.say(releaseOf(n, 1))
		empty(t, tb)
		p.say(releaseOf(n, 1))
		if err := <-lost; !IsViolation(err) {
			t.Errorf("%v", err)
		}
	})
}

// References of messages that nobody gets are given back: of an answer to a cancelled
// call, of a call that never left, of a call that is refused.
func TestReferencesThatNobodyGets(t *testing.T) {
	t.Run("late answer", func(t *testing.T) {
		tb := table()
		m, p, _ := accepting(t, withTable(tb), func(*Incoming) {})
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-p.sent
			cancel()
			<-p.sent
			p.say(resultWith(1, export(4), export(4)))
		}()
		if _, err := m.Call(ctx, Method{Name: "x"}); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		for {
			if r := (<-p.sent).GetRelease(); r != nil {
				if r.Number != 4 || r.Count != 2 {
					t.Errorf("%v", r)
				}
				break
			}
		}
		empty(t, tb)
	})
	t.Run("unsent", func(t *testing.T) {
		ta, tb := table(), table()
		_, pa, _ := accepting(t, withTable(ta), func(in *Incoming) {
			p := &deafPipe{pipe: newPipe(), hold: make(chan struct{})}
			b := New(p, Config{Broken: func(*facetv1.Failure) {}, Lost: func(error) {}, Refs: tb})
			defer func() { b.End(errors.New("over")); close(p.hold); close(p.over) }()
			if _, err := b.Fetch(&facetv1.RequestHead{Body: make([]byte, 20<<10), HasBody: true, End: true}); err != nil { // is being sent
				t.Error(err)
			}
			for b.Stalled(time.Now().Add(time.Second)) == 0 {
				time.Sleep(time.Millisecond)
			}
			ctx, cancel := context.WithTimeout(in.Context(), 20*time.Millisecond)
			defer cancel()
			if _, err := b.Call(ctx, in.Call()); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			if h, _ := tb.Counts(); h != 0 {
				t.Errorf("%d handles", h)
			}
		})
		pa.say(callWith(2, export(1)))
		if r := (<-pa.sent).GetRelease(); r.GetNumber() != 1 {
			t.Errorf("%v", r)
		}
		empty(t, ta, tb)
	})
	t.Run("refused", func(t *testing.T) {
		ta := table()
		_, pa, _ := accepting(t, withTable(ta), func(in *Incoming) { in.Fail(tooMuch("no")) })
		pa.say(callWith(2, export(1), export(2)))
		released := 0
		for range 3 {
			if (<-pa.sent).GetRelease() != nil {
				released++
			}
		}
		if released != 2 {
			t.Errorf("%d released", released)
		}
		empty(t, ta)
	})
	t.Run("result that does not fit", func(t *testing.T) {
		ta := table()
		_, pa, _ := accepting(t, withTable(ta), func(in *Incoming) {
			caps := in.TakeCaps()
			in.Result(Result{Value: make([]byte, maxValue+1), Caps: caps})
		})
		pa.say(callWith(2, export(1)))
		for range 2 {
			<-pa.sent
		}
		empty(t, ta)
	})
}

// A runner whose table is full gets an error of its call, not an end.
func TestFullTableRefuses(t *testing.T) {
	ta := table()
	var keep []refs.Cap
	_, p, _ := accepting(t, withTable(ta), func(in *Incoming) {
		keep = append(keep, in.TakeCaps()...)
		in.Result(Result{Value: []byte("Jnull")})
	})
	call := uint64(0)
	next := uint64(0)
	for range refs.MaxExports / refs.MaxRefs {
		var list []*facetv1.Ref
		for range refs.MaxRefs {
			next++
			list = append(list, export(next))
		}
		call += 2
		p.say(callWith(call, list...))
		if f := <-p.sent; f.GetRpcResult() == nil {
			t.Fatal(f)
		}
	}
	p.say(callWith(call+2, export(next+1)))
	refused := false
	for range 2 {
		f := <-p.sent
		refused = refused || f.GetFailure().GetName() == "RangeError"
	}
	if !refused {
		t.Error("there is no limit")
	}
	refs.Drop(keep...)
	for range keep { // each release is sent
		if f := <-p.sent; f.GetRelease() == nil {
			t.Fatal(f)
		}
	}
	empty(t, ta)
}
