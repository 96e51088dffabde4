package supervisor

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// limitsProject loads code with limits of each kind; what it does is in the path.
const limitsProject = `import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
const CHILD = ` + "`" + `import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
const spin = (ms) => { const end = Date.now() + ms; while (Date.now() < end); return "spun"; };
const ask = async (n) => { let ok = 0; for (let i = 0; i < n; i++) { try { await (await fetch("http://out/")).text(); ok++; } catch (e) { return ok + " " + e.message; } } return String(ok); };
export default class extends WorkerEntrypoint {
  spin(ms) { return spin(ms); } ask(n) { return ask(n); }
  async both() { const all = await Promise.all([ask(5), ask(5)]); return all.join(); }
  later(n) { this.ctx.waitUntil(new Promise((r) => setTimeout(r, 1)).then(() => ask(n)).then((t) => { globalThis.told = t; })); return "later"; }
  told() { return globalThis.told; }
}
export class Obj extends DurableObject { spin(ms) { return spin(ms); } ask(n) { return ask(n); } }` + "`" + `;
export class Gateway extends WorkerEntrypoint { fetch() { return new Response("in"); } }
export class Root extends DurableObject {
  async fetch(r) {
    const q = new URL(r.url).searchParams, limits = q.has("limits") ? JSON.parse(q.get("limits")) : undefined, own = q.has("own") ? JSON.parse(q.get("own")) : undefined;
    const id = q.get("id");
    const code = () => ({ compatibilityDate: "2026-04-01", mainModule: "w.js", modules: { "w.js": CHILD }, globalOutbound: this.ctx.exports.Gateway, limits });
    try {
      const worker = id === null ? this.env.LOADER.load(code()) : this.env.LOADER.get(id, code);
      const stub = q.has("facet") ? this.ctx.facets.get(q.get("facet"), () => ({ class: worker.getDurableObjectClass("Obj", { limits: own }) })) : worker.getEntrypoint(null, { limits: own });
      return new Response(String(await stub[q.get("do")](...(q.has("n") ? [Number(q.get("n"))] : []))));
    } catch (e) { return new Response(e.name + ": " + e.message); }
  }
}
export default { fetch(r, env) { return env.ROOT.getByName("root").fetch(r); } };`

func TestRealCallLimits(t *testing.T) {
	h := realHost(t, nil)
	p := project(t, h, limitsProject)
	const cpu, many = "Error: Worker exceeded CPU time limit.", " Too many subrequests by single Worker invocation."
	for i, tt := range []struct{ query, want string }{
		{`do=spin&n=300`, "spun"}, // control: the host's own
		// It spins by the clock: long enough that a busy machine gives it the time.
		{`do=spin&n=20000&limits={"cpuMs":50}`, cpu},
		{`do=spin&n=20000&own={"cpuMs":50}`, cpu},
		{`do=spin&n=20000&limits={"cpuMs":50}&own={"cpuMs":19000}`, cpu}, // they only take away
		{`do=spin&n=20000&facet=a&own={"cpuMs":50}`, cpu},
		{`do=spin&n=1&limits={"cpuMs":5000}`, "spun"},
		{`do=spin&n=1&limits={"cpuMs":0}`, "spun"},
		{`do=ask&n=20`, "20"}, // control
		{`do=ask&n=20&limits={"subRequests":3}`, "3" + many},
		{`do=ask&n=3&limits={"subRequests":3}`, "3"},
		{`do=ask&n=1&limits={"subRequests":0}`, "0" + many},
		{`do=ask&n=20&own={"subRequests":2}`, "2" + many},
		{`do=ask&n=20&limits={"subRequests":5}&own={"subRequests":7}`, "5" + many},
		{`do=ask&n=20&facet=b&own={"subRequests":2}`, "2" + many},
		{`do=both&limits={"subRequests":20}`, "10"},
		{`do=both&limits={"subRequests":6}`, "6" + many + many},
		{`do=ask&n=1&own={"subRequests":-1}`, "TypeError: The value cannot be converted because it is negative and this API expects a positive number."},
		{`do=ask&n=1&own={"cpuMs":1.5}`, "TypeError: Incorrect type for the 'cpuMs' field on 'DynamicWorkerLimits': the provided value is not an integer."},
		{`do=ask&n=1&own={"cpuMs":1e15,"subRequests":1e15}`, "1"},
		// What one call did not use does not help another, and each has its own.
		{`id=w&do=ask&n=1&limits={"subRequests":2}`, "1"},
		{`id=w&do=ask&n=9&limits={"subRequests":2}`, "2" + many},
		{`id=w&do=ask&n=2&limits={"subRequests":2}`, "2"},
		// Another limit is another instance; the first one's is as it was.
		{`id=w&do=ask&n=9&own={"subRequests":1}`, "1" + many},
		{`id=w&do=ask&n=2`, "2"},
	} {
		_, got := get(p, "/?"+queryOf(tt.query))
		if strings.HasPrefix(tt.query, "do=both") {
			got = together(got)
		}
		if got != tt.want {
			t.Errorf("%d %s: %q, want %q", i, tt.query, got, tt.want)
		}
	}
	// A call goes on counting when it was answered.
	want(t, p, "/?"+queryOf(`id=later&do=later&n=9&limits={"subRequests":2}`), "later")
	eventually(t, "what came later is limited", func() bool {
		_, got := get(p, "/?"+queryOf(`id=later&do=told`))
		return got == "2"+many
	})
}

// together adds the numbers of two askers up, whoever of them was the faster, and
// leaves what they say besides.
func together(both string) string {
	first, second, _ := strings.Cut(both, ",")
	a, rest := leading(first)
	b, more := leading(second)
	return strconv.Itoa(a+b) + rest + more
}

func leading(s string) (int, string) {
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	n, _ := strconv.Atoi(s[:digits]) // 0 where there is none
	return n, s[digits:]
}

// queryOf escapes what a URL does not have.
func queryOf(s string) string {
	out := ""
	for _, c := range s {
		switch c {
		case '{', '}', '"':
			out += fmt.Sprintf("%%%02X", c)
		default:
			out += string(c)
		}
	}
	return out
}
