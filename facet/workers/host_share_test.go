package workers_test

import "testing"

const overloaded = 1 << 18 // OVERLOADED in messages.ts

// hanging is a supervisor whose facets never answer "never", and refuse "busy"; it
// counts the calls that never end.
type hanging struct{ open map[string]int }

func (h *hanging) answer(p *peer, c hostCall) {
	t := parseTarget(c.target)
	switch {
	case t.Host != nil:
		p.result(c, "null")
	case c.method == "never":
		h.open[t.Facet.Name]++
	case c.method == "busy":
		p.fail(c, 7|overloaded, "Error", "busy")
	default:
		p.result(c, "1")
	}
}

// One callee that hangs, with as many calls as there may be, does not keep the next
// from being called.
func TestCalleesShareThePlaces(t *testing.T) {
	h := &hanging{open: make(map[string]int)}
	p := startPeer(t, h.answer)
	// Three places for each that is left free: of 248, and of what the first left.
	runHostRows(t, p, facetsPrelude, grants{Facets: true}, []hostRow{
		{"the first hangs", `const s = get("first"); globalThis.results = Array.from({length: 600}, () => told(s.never())); await tick(); return 1`, `1`, "*"},
		{"the second is called", `return get("second").a()`, `1`, "*"},
		{"the second hangs, too", `const s = get("second"); for (let i = 0; i < 600; i++) void told(s.never()); await tick(); return 1`, `1`, "*"},
		{"the third is called, and operations are", `const a = get("third").a(); facets.abort("none", new Error("x")); return await a`, `1`, "*"},
		{"all end", `facets.abort("first", new Error("enough")); facets.abort("second", new Error("enough")); const all = await Promise.all(results); delete globalThis.results; return [...new Set(all)]`, `["Error: enough"]`, "*"},
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := h.open["second"]; h.open["first"] != 186 || n < 46 || n > 186 {
		t.Errorf("%v were opened, want 186, and 46 or more", h.open)
	}
	if p.most > 256-8 {
		t.Errorf("%d calls were open at once", p.most)
	}
}

// What waits for a place leaves when there is one, and ends with the callee.
func TestWaitingCallsLeave(t *testing.T) {
	h := &hanging{open: make(map[string]int)}
	p := startPeer(t, h.answer)
	runHostRows(t, p, facetsPrelude, grants{Facets: true}, []hostRow{
		{"two hang", `globalThis.first = Array.from({length: 600}, () => told(get("first").never())); for (let i = 0; i < 600; i++) void told(get("second").never()); await tick(); return 1`, `1`, "*"},
		{"all of the first end", `facets.abort("first", new Error("enough")); const all = await Promise.all(first); delete globalThis.first; return [...new Set(all)]`, `["Error: enough"]`, "*"},
		{"the first again", `await tick(); return get("first").a()`, `1`, "*"},
		{"all end", `facets.abort("second", new Error("enough")); await tick(); return get("first").a()`, `1`, "*"},
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := h.open["second"]; n < 180 || n > 186 {
		t.Errorf("%d calls of the second were opened once the first was gone", n)
	}
}

// A callee that has no place is said to be overloaded, also to the caller's caller.
func TestOverloaded(t *testing.T) {
	p := startPeer(t, (&hanging{open: make(map[string]int)}).answer)
	runHostRows(t, p, facetsPrelude+`export class Passes extends DurableObject {}
`, grants{Facets: true}, []hostRow{
		{"an error says so", `try { await get("x").busy() } catch (e) { return [e.message, e.overloaded, e.remote ?? null] }`, `["busy",true,null]`, "*"},
		{"another does not", `return told(get("x").a()).then((a) => a.overloaded ?? null)`, `null`, "*"},
		{"ready", `const own = Object.getPrototypeOf(this); own.pass = () => get("x").busy(); own.other = () => { throw new Error("x") }; return 1`, `1`, "*"},
	})
	for method, want := range map[string]int64{"pass": overloaded, "other": 0} {
		_, err := p.r.rpc(t, method, "[]")
		f, ok := err.(failure)
		if !ok || f.A&overloaded != want {
			t.Errorf("%s: %v", method, err)
		}
	}
}

// All stubs of a loaded worker have one callee's share.
func TestEntrypointsOfAWorkerShareThePlaces(t *testing.T) {
	var held []hostCall
	hangs, most := true, 0
	p := startPeer(t, func(p *peer, c hostCall) {
		switch c.method {
		case "free":
			hangs = false
			for _, h := range held {
				p.result(h, "1")
			}
		case "never":
			if hangs {
				held = append(held, c)
				most = max(most, len(held))
				return
			}
		}
		p.result(c, "1")
	})
	runHostRows(t, p, loaderPrelude, grants{Loaders: []string{"LOADER"}}, []hostRow{
		{"one hangs", `const first = () => env.LOADER.get("first", () => CODE).getEntrypoint(); globalThis.results = Array.from({length: 600}, () => told(first().never())); await tick(); return 1`, `1`, "*"},
		{"another is called", `return env.LOADER.get("second", () => CODE).getEntrypoint().a()`, `1`, "*"},
		{"all end", `await env.LOADER.get("second", () => CODE).getEntrypoint().free(); const all = await Promise.all(results); delete globalThis.results; return [...new Set(all)]`, `[1]`, "*"},
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	if most != 186 {
		t.Errorf("%d were open at once, want 186 as of one facet", most)
	}
}
