package supervisor

import (
	"fmt"
	"syscall"
	"testing"
	"time"
)

// copier clones a facet with a large database and calls the source at once.
const copier = `import { DurableObject } from "cloudflare:workers";
export class App extends DurableObject {
  fill() { this.ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS b (x)"); for (let i = 0; i < 60; i++) this.ctx.storage.sql.exec("INSERT INTO b VALUES (randomblob(500000))"); this.ctx.storage.kv.put("n", 1); return 1; }
  count() { const n = (this.ctx.storage.kv.get("n") ?? 0) + 1; this.ctx.storage.kv.put("n", n); return n; }
  child() { return this.ctx.facets.get("child", () => ({ class: this.ctx.exports.App })).count(); }
  stored() { return this.ctx.storage.kv.get("n"); }
}
export class Root extends DurableObject {
  app(name) { return this.ctx.facets.get(name, () => ({ class: this.ctx.exports.App })); }
  async fetch(request) {
    await this.app("src").fill();
    await this.app("src").child();
    this.ctx.facets.clone("src", "dst");
    const after = await Promise.all([1, 2, 3, 4].map((i) => i % 2 ? this.app("src").count() : this.app("src").child()));
    return Response.json([after.sort(), await this.app("dst").stored(), await this.app("dst").child(), await this.app("src").stored()]);
  }
}
export default { fetch(request, env) { return env.ROOT.getByName("one").fetch(request); } }`

// What is called right after clone() is not in the copy, and its calls wait no
// longer than the copy takes (fact F77).
func TestCallsWaitForTheCopy(t *testing.T) {
	h := realHost(t, nil)
	p := project(t, h, copier)
	want(t, p, "/", "[[2,2,3,3],1,2,3]")
}

// A call for a process that has died without anybody having noticed goes to the
// next one: the caller sees nothing of it.
func TestCallMeetsADeadProcess(t *testing.T) {
	h := realHost(t, nil)
	app := h.Object("Dead", "one").Facets().Get("app", js(h, `import { DurableObject } from "cloudflare:workers";
export class App extends DurableObject { n = 0; fetch() { return new Response("" + ++this.n); } }`))
	for i := range 20 {
		mustFetch(t, app, "/", "1")
		app.inc.mu.Lock()
		live := app.inc.live
		app.inc.mu.Unlock()
		if err := syscall.Kill(live.Process().Pid(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(patience); !live.Exited(); {
			if time.Now().After(end) {
				t.Fatal("it does not die")
			}
		}
		if i%3 == 2 { // its back-off is not what this is about
			app = h.Object("Dead", fmt.Sprint(i)).Facets().Get("app", app.callback)
		}
	}
}
