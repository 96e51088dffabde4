package supervisor

import (
	"context"
	"net/http/httptest"
	"testing"
)

// lost is a project whose entry worker waits for an object for as long as it can.
const lost = `import { DurableObject } from "cloudflare:workers";
export class Root extends DurableObject {
  most = 0; ended = 0;
  async fetch(request) {
    if (request.url.endsWith("seen")) return Response.json([this.most, this.ended]);
    this.most++;
    request.signal.addEventListener("abort", () => { this.ended++; });
    await new Promise((d) => setTimeout(d, 20000));
    return new Response("late");
  }
}
export default {
  async fetch(request, env, ctx) {
    const object = env.ROOT.getByName("one");
    const { pathname } = new URL(request.url);
    if (pathname === "/seen") return await object.fetch("http://h/seen");
    const call = object.fetch("http://h/wait");
    if (pathname === "/until") ctx.waitUntil(call);
    return await call;
  },
}`

// A client that goes away takes the calls along that the entry worker made for it,
// unless waitUntil() was given one.
func TestLostClient(t *testing.T) {
	h := realHost(t, nil)
	p := project(t, h, lost)
	for _, tt := range []struct{ path, before, after string }{
		{"/wait", "[1,0]", "[1,1]"},
		{"/until", "[2,1]", "[2,1]"},
		{"/wait", "[3,1]", "[3,2]"}, // the one before is still waiting
	} {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			p.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "http://app.example"+tt.path, nil).WithContext(ctx))
		}()
		eventually(t, tt.path+" reached the object", func() bool { _, got := get(p, "/seen"); return got == tt.before })
		cancel()
		<-done
		eventually(t, tt.path+" ended", func() bool { _, got := get(p, "/seen"); return got == tt.after })
	}
}
