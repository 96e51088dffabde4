package workers_test

import (
	"testing"
	"time"

	"github.com/facetd/facetd/facet/js"
)

// Each of these ends the instance, so each runs in a process of its own.
func TestBroken(t *testing.T) {
	tests := []struct {
		name, method string
		kind         int64
		want         string
	}{
		{"abort F67", "abort", 6, "Error: gone"},
		{"abort with an error", "abortError", 6, "RangeError: far"},
		{"abort without a reason", "abortBare", 6, "Error: Application called abort() to reset Durable Object."},
		{"section throws T21", "section", 1, "TypeError: bad"},
		{"section uses up its time", "spin", 2, "Error: Worker exceeded CPU time limit."},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			if !alone(t) {
				return
			}
			cpuLimit = 200 * time.Millisecond
			r := start(t)
			r.mustLoad(t, importDO+`export class App extends DurableObject {
  abort() { this.ctx.storage.kv.put("lost", 1); try { this.ctx.abort("gone") } finally { console.log("never") } }
  abortError() { this.ctx.abort(new RangeError("far")) }
  abortBare() { this.ctx.abort() }
  section() { return this.ctx.blockConcurrencyWhile(async () => { await 1; throw new TypeError("bad") }) }
  spin() { return this.ctx.blockConcurrencyWhile(async () => { await 1; for (;;); }) }
}`)
			call := r.call()
			r.post(t, js.Message{Kind: js.InRpc, Call: call, S1: []byte(c.method)})
			m := r.take(t, "end of the instance", func(m js.Message) bool { return m.Kind == js.OutBroken })
			if got := string(m.S1) + ": " + string(m.S2); m.A&0xffff != c.kind || got != c.want {
				t.Errorf("got kind %d, %s\nwant %d, %s", m.A, got, c.kind, c.want)
			}
		})
	}
}

func TestCPULimit(t *testing.T) {
	if !alone(t) {
		return
	}
	cpuLimit = 200 * time.Millisecond
	r := start(t)
	r.mustLoad(t, importDO+`export class App extends DurableObject {
  n = 0;
  spin() { this.n++; this.ctx.storage.kv.put("spin", 1); for (;;); }
  async later() { await scheduler.wait(1); for (;;); }
  state() { return [this.n, this.ctx.storage.kv.get("spin") ?? null] }
  fetch() { for (;;); }
  inTransaction() { this.ctx.storage.transactionSync(() => { for (;;); }) }
  async deleteAll() { this.ctx.storage.kv.put("x", 1); await this.ctx.storage.deleteAll(); return this.ctx.storage.kv.get("x") === undefined }
}`)
	for _, method := range []string{"spin", "later", "inTransaction"} {
		_, err := r.rpc(t, method, "[]")
		f, ok := err.(failure)
		if !ok || f.A != 2 || err.Error() != "Error: Worker exceeded CPU time limit." {
			t.Errorf("%s: got %v", method, err)
		}
	}
	if got := r.fetch(t, request{url: "http://x/"}); got.err == nil {
		t.Errorf("fetch: got %v", got)
	}
	// The instance goes on; what the ended turn wrote is gone.
	if got, err := r.rpc(t, "state", "[]"); err != nil || got != "[1,null]" {
		t.Errorf("got %s, %v", got, err)
	}
	if got, err := r.rpc(t, "deleteAll", "[]"); err != nil || got != "true" {
		t.Errorf("deleteAll after the end of a transaction: got %s, %v", got, err)
	}
}
