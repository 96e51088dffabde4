package workers_test

import (
	"strings"
	"testing"

	"github.com/facetd/facetd/facet/js"
)

const importDO = "import {DurableObject, WorkerEntrypoint, RpcTarget} from 'cloudflare:workers';\n"

func TestLoadFailures(t *testing.T) {
	r := start(t)
	const reset = 1 << 16
	tests := []struct {
		name, source, class string
		kind                int64
		want                string // class: message
	}{
		{"no such class F44", importDO + "export class App extends DurableObject {}", "Nope", 5, "Error: Worker has no such actor class: Nope"},
		{"entrypoint F44", importDO + "export class App extends WorkerEntrypoint {}", "App", 5, "Error: Worker has no such actor class: App"},
		{"no default F44", importDO + "export class App extends DurableObject {}", "default", 5, "Error: Worker has no default actor class."},
		{"default is an object F44", "export default {fetch() {}}", "default", 5, "Error: Worker has no default actor class."},
		{"no class", "export const App = 5", "App", 5, "Error: Worker has no such actor class: App"},
		{"inherited name", "export class App {}", "toString", 5, "Error: Worker has no such actor class: toString"},
		{"constructor throws F43", importDO + "export class App extends DurableObject { constructor(c, e) { super(c, e); throw new RangeError('ctor') } }", "App", 5 | reset, "RangeError: ctor"},
		{"constructor does not call super", importDO + "export class App extends DurableObject { constructor() { } }", "App", 5 | reset, "ReferenceError: 'super()' must be called in derived constructor before accessing |this| or returning non-object."},
		{"constructor's section throws F43", importDO + "export class App extends DurableObject { constructor(c, e) { super(c, e); c.blockConcurrencyWhile(async () => { await 1; throw new TypeError('bcw') }) } }", "App", 5 | reset, "TypeError: bcw"},
		{"module throws L29", "throw new TypeError('top')", "App", 5, "Error: Failed to start Worker:\nUncaught TypeError: top"},
		{"module rejects L29", "await Promise.reject(new Error('later'))", "App", 5, "Error: Failed to start Worker:\nUncaught Error: later"},
		{"module never settles", "await new Promise(() => {})", "App", 5, "Error: Failed to start Worker:\nUncaught Error: Top-level await in module is unsettled"},
		{"timer at the top L41", "setTimeout(() => 1, 1)", "App", 5, "Error: Failed to start Worker:\nUncaught Error: Disallowed operation called within global scope. Asynchronous I/O (ex: fetch() or connect()), setting a timeout, and generating random values are not allowed within global scope. To fix this error, perform this operation within a handler."},
		{"random at the top L41", "crypto.randomUUID()", "App", 5, "Error: Failed to start Worker:\nUncaught Error: Disallowed operation"},
		{"endless loop at the top", "for (;;);", "App", 2 | reset, "Error: Worker exceeded CPU time limit."},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			m := r.load(t, code{source: c.source, class: c.class})
			got := string(m.S1) + ": " + string(m.S2)
			if m.Kind != js.OutError || m.A != c.kind || !strings.HasPrefix(got, c.want) {
				t.Errorf("got kind %d, %#x, %s\nwant %#x, %s", m.Kind, m.A, got, c.kind, c.want)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	r := start(t)
	tests := []struct {
		name string
		code code
		want string
	}{
		{"id F34", code{source: importDO + "export class App extends DurableObject { f() { const {id} = this.ctx; return [String(id), id.name, typeof id, id.equals(id)] } }", class: "App", about: about{ID: "00ff", Name: "n", HasName: true}}, `["00ff","n","object",true]`},
		{"id without name", code{source: importDO + "export class App extends DurableObject { f() { return this.ctx.id.name === undefined } }", class: "App", about: about{ID: "00ff"}}, `true`},
		{"plain id F35", code{source: importDO + "export class App extends DurableObject { f() { return this.ctx.id } }", class: "App", about: about{ID: "my id", Plain: true}}, `"my id"`},
		{"props and env F39, L32", code{source: importDO + "import {env} from 'cloudflare:workers';\nexport class App extends DurableObject { f() { return [this.ctx.props.at.getTime(), this.env.KEY, env === this.env] } }", class: "App", props: []byte("C\xa1\x62at\xc1\xfb\x3f\xf0\x00\x00\x00\x00\x00\x00"), env: []byte(`J{"KEY":"secret"}`)}, `[1000,"secret",true]`},
		{"env at the top", code{source: importDO + "import {env} from 'cloudflare:workers';\nconst k = env.K2; export class App extends DurableObject { f() { return k } }", class: "App", env: []byte(`J{"K2":"x"}`)}, `"x"`},
		{"no props", code{source: importDO + "export class App extends DurableObject { f() { return this.ctx.props } }", class: "App"}, `{}`},
		{"default class", code{source: importDO + "export default class extends DurableObject { f() { return 1 } }", class: "default"}, `1`},
		{"constructor waits for its section", code{source: importDO + "export class App extends DurableObject { constructor(c, e) { super(c, e); c.blockConcurrencyWhile(async () => { await new Promise(r => setTimeout(r, 5)); this.ready = true }) } f() { return this.ready } }", class: "App"}, `true`},
		{"constructor writes", code{source: importDO + "export class App extends DurableObject { constructor(c, e) { super(c, e); c.storage.kv.put('made', 1) } f() { return this.ctx.storage.kv.get('made') } }", class: "App"}, `1`},
		{"exports F90", code{source: importDO + "export class App extends DurableObject { f() { return Object.keys(this.ctx.exports).filter(k => k === 'App' || k === 'Second') } }\nexport class Second extends DurableObject {}", class: "App"}, `["App","Second"]`},
		{"ctx F91", code{source: importDO + "export class App extends DurableObject { f() { const c = this.ctx; return ['facets','container','storage','id','props','exports','waitUntil','blockConcurrencyWhile','acceptWebSocket','abort'].filter(k => !(k in c)) } }", class: "App"}, `[]`},
		{"facets F10", code{source: importDO + "export class App extends DurableObject { f() { try { this.ctx.facets.get('x') } catch (e) { return String(e) } } }", class: "App"}, `"TypeError: Failed to execute 'get' on 'DurableObjectFacets': parameter 2 is not of type 'function'."`},
		{"facets F21, F22, F84", code{source: importDO + "export class App extends DurableObject { f() { const t = n => { try { this.ctx.facets.get(n, () => 1) } catch (e) { return String(e).slice(0, 22) } }; return [t('é'.repeat(129)), t('é'.repeat(128))] } }", class: "App"}, `["TypeError: Facet name ","Error: Facet nesting d"]`},
		{"the module function is gone", code{source: importDO + "export class App extends DurableObject { f() { return [typeof __facetd_module, typeof __native, Object.keys(globalThis)] } }", class: "App"}, `["undefined","undefined",[]]`},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			if m := r.load(t, c.code); m.Kind != js.OutLoaded {
				t.Fatalf("%s: %s\n%s", m.S1, m.S2, m.S3)
			}
			got, err := r.rpc(t, "f", "[]")
			if err != nil || got != c.want {
				t.Errorf("got %s, %v\nwant %s", got, err, c.want)
			}
		})
	}
}

func TestInspect(t *testing.T) {
	r := start(t)
	m := r.load(t, code{flags: 1, source: importDO + `
export class App extends DurableObject { constructor() { throw 1 } }
export class Plain {}
export class Entry extends WorkerEntrypoint {}
export default { fetch() {} };
export const n = 5;
`})
	want := `[["App",1,false],["Entry",2,false],["Plain",0,false],["default",2,false],["n",0,false]]`
	if m.Kind != js.OutLoaded || string(m.S1) != want {
		t.Errorf("got kind %d %s %s\nwant %s", m.Kind, m.S1, m.S2, want)
	}
}
