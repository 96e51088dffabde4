package supervisor

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// rooms is a project whose objects and facets take WebSockets in every way.
const rooms = `import { DurableObject } from "cloudflare:workers";
const FACET = ` + "`" + `import { DurableObject } from "cloudflare:workers";
export class App extends DurableObject {
  fetch() {
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server, ["of-facet"]);
    return new Response(null, { status: 101, webSocket: client });
  }
  webSocketMessage(ws, m) { ws.send("facet:" + m + ":" + this.ctx.getTags(ws)); }
  where() { return this.ctx.getWebSockets().length; }
}` + "`" + `;
export class Root extends DurableObject {
  constructor(ctx, env) { super(ctx, env); this.woken = ctx.getWebSockets().length; this.n = 0; }
  get seen() { return this.ctx.storage.kv.get("seen") ?? []; }
  see(...event) { this.ctx.storage.kv.put("seen", [...this.seen, event]); }
  app() {
    return this.ctx.facets.get("app", () => ({ class: this.env.LOADER.get("v", () => ({
      compatibilityDate: "2026-04-16", mainModule: "a.js", modules: { "a.js": FACET }, globalOutbound: null })).getDurableObjectClass("App") }));
  }
  async fetch(request) {
    const path = new URL(request.url).pathname;
    if (path === "/facet") return this.app().fetch(request);
    if (path === "/facet-delete") { this.ctx.facets.delete("app"); return new Response("deleted"); }
    if (path === "/abort") this.ctx.abort("enough");
    if (path === "/seen") return Response.json(this.seen);
    const [client, server] = Object.values(new WebSocketPair());
    if (path === "/plain") {
      server.accept();
      server.binaryType = "arraybuffer";
      server.addEventListener("message", (e) => {
        if (e.data === "bye") return server.close(4001, "bye");
        if (e.data === "loop") for (;;);
        server.send(typeof e.data === "string" ? "echo:" + e.data : e.data);
      });
      server.addEventListener("close", (e) => this.see(e.code, e.reason, e.wasClean));
      return new Response(null, { status: 101, webSocket: client, headers: { "x-origin": request.headers.get("origin") ?? "none" } });
    }
    if (path === "/hibernating") {
      this.ctx.acceptWebSocket(server, ["a", "b"]);
      this.ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
      server.serializeAttachment({ n: 7 });
      return new Response(null, { status: 101, webSocket: client });
    }
    return new Response("no");
  }
  webSocketMessage(ws, m) {
    ws.send(JSON.stringify([typeof m === "string" ? m : m.byteLength, ++this.n, this.woken, this.ctx.getTags(ws), ws.deserializeAttachment(),
      this.ctx.getWebSockets("b").length, this.ctx.getWebSocketAutoResponseTimestamp(ws) instanceof Date]));
  }
  webSocketClose(ws, code, reason, clean) { this.see(code, reason, clean); ws.close(code, reason); }
}
export default {
  async fetch(request, env, ctx) {
    const root = ctx.exports.Root.getByName("r");
    if (new URL(request.url).pathname !== "/ask") return await root.fetch(request);
    const r = await root.fetch("http://x/plain", { headers: { upgrade: "websocket" } });
    const ws = r.webSocket;
    const answer = new Promise((resolve) => ws.addEventListener("message", (e) => resolve(e.data)));
    ws.accept();
    ws.send("from the worker");
    const text = await answer;
    ws.close(1000, "done");
    return new Response(r.status + " " + text);
  },
};`

// rooming serves rooms.
func rooming(t *testing.T, change func(*Config)) (*Host, *httptest.Server) {
	t.Helper()
	h := realHost(t, change)
	p, err := h.OpenProject(t.Context(), ProjectConfig{
		Name: "test",
		Worker: h.Loader().Load(WorkerCode{CompatibilityDate: "2026-04-16", MainModule: "index.js",
			Modules: map[string]Module{"index.js": JS(rooms)}}),
		Classes: []StoredClass{{Class: "Root"}}, Loaders: []string{"LOADER"},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	return h, s
}

// talk is a client's connection.
type talk struct {
	*websocket.Conn
	t *testing.T
}

func dial(t *testing.T, s *httptest.Server, path string) talk {
	t.Helper()
	c, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(s.URL, "http")+path, http.Header{"Origin": {"https://o.example"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return talk{c, t}
}

func (c talk) say(text string) {
	c.t.Helper()
	if err := c.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

func (c talk) hear(want string) {
	c.t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(patience))
	_, b, err := c.ReadMessage()
	if err != nil || string(b) != want {
		c.t.Fatalf("%q, %v; want %q", b, err, want)
	}
}

func (c talk) ends(code int, reason string) {
	c.t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(patience))
	_, b, err := c.ReadMessage()
	e, ok := err.(*websocket.CloseError)
	if !ok || e.Code != code || code != websocket.CloseAbnormalClosure && e.Text != reason {
		c.t.Fatalf("%q, %v; want %d %q", b, err, code, reason)
	}
}

func TestSocket(t *testing.T) {
	_, s := rooming(t, nil)
	c := dial(t, s, "/plain")
	c.say("hi")
	c.hear("echo:hi")
	if err := c.WriteMessage(websocket.BinaryMessage, []byte{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	c.hear("\x01\x02\x03")
	c.say("bye")
	c.ends(4001, "bye")
	c = dial(t, s, "/plain")
	if err := c.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(4005, "mine")); err != nil {
		t.Fatal(err)
	}
	c.ends(4005, "mine")
	c = dial(t, s, "/plain")
	c.Close() // without a close frame
	eventually(t, "the application sees all ends", func() bool {
		_, body := get(s.Config.Handler, "/seen")
		return body == `[[4001,"",true],[4005,"mine",true],[1006,"WebSocket disconnected without sending Close frame.",false]]`
	})
	if code, _ := get(s.Config.Handler, "/plain"); code != http.StatusInternalServerError {
		t.Errorf("a WebSocket for a request that asked for none: %d", code)
	}
}

// The entry worker is the client of an object, and passes on what a facet of an
// object answers, twice, without accepting.
func TestSocketBetweenInstances(t *testing.T) {
	h, s := rooming(t, nil)
	want(t, s.Config.Handler, "/ask", "101 echo:from the worker")
	c := dial(t, s, "/facet")
	for range 3 {
		c.say("x")
		c.hear("facet:x:of-facet")
	}
	// The middle ones have nothing to do with it any more.
	eventually(t, "only the facet has a socket", func() bool {
		n := 0
		for _, o := range h.live() {
			o.mu.Lock()
			o.root.each(func(n_ *node) {
				if n_.inc != nil {
					n_.inc.sockets.mu.Lock()
					n += len(n_.inc.sockets.ends)
					n_.inc.sockets.mu.Unlock()
				}
			})
			o.mu.Unlock()
		}
		return n == 1
	})
	want(t, s.Config.Handler, "/facet-delete", "deleted")
	c.ends(websocket.CloseAbnormalClosure, "")
}

// A hibernatable socket outlives the process; a message starts the next one, an
// automatic answer does not.
func TestSocketHibernates(t *testing.T) {
	ended := make(chan *VerdictError, 100)
	h, s := rooming(t, func(c *Config) {
		c.IdleTimeout = 2 * time.Second // no pause between two messages is as long
		c.Ended = func(v *VerdictError) { ended <- v }
	})
	c := dial(t, s, "/hibernating")
	c.say("hi")
	c.hear(`["hi",1,0,["a","b"],{"n":7},1,false]`)
	asleep := func() {
		t.Helper()
		for {
			select {
			case v := <-ended:
				if v.Facet != "Root/r" {
					continue
				}
				if v.Verdict != Hibernated {
					t.Fatal(v)
				}
			case <-time.After(patience):
				t.Fatal("it does not hibernate")
			}
			return
		}
	}
	asleep()
	for range 3 {
		c.say("ping")
		c.hear("pong")
	}
	for _, o := range h.live() {
		o.mu.Lock()
		if inc := o.root.inc; o.root.path == "Root/r" && (inc == nil || inc.live != nil || o.root.inc.starting != nil) {
			t.Error("an automatic answer started the object")
		}
		o.mu.Unlock()
		if o.busy() {
			t.Errorf("%s: an idle socket keeps it busy", o.root.path)
		}
	}
	// Both at once: between a message and the next one it might fall asleep.
	c.say("again")
	if err := c.WriteMessage(websocket.BinaryMessage, make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	c.hear(`["again",1,1,["a","b"],{"n":7},1,true]`)
	c.hear(`[5,2,1,["a","b"],{"n":7},1,true]`)
	asleep()
	if err := c.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(4009, "z")); err != nil {
		t.Fatal(err)
	}
	c.ends(4009, "z")
	want(t, s.Config.Handler, "/seen", `[[4009,"z",true]]`)
}

// The end of an instance is that of its sockets, but not of those of the next.
func TestSocketEnds(t *testing.T) {
	h, s := rooming(t, func(c *Config) { c.Limits.CPU = time.Second })
	plain, hibernating := dial(t, s, "/plain"), dial(t, s, "/hibernating")
	if code, _ := get(s.Config.Handler, "/abort"); code != http.StatusInternalServerError && code != http.StatusBadGateway {
		t.Errorf("%d", code)
	}
	plain.ends(websocket.CloseAbnormalClosure, "")
	hibernating.ends(websocket.CloseAbnormalClosure, "")

	// The limit is each message's own, and ends its handling only.
	loops, other := dial(t, s, "/plain"), dial(t, s, "/plain")
	other.say("before")
	other.hear("echo:before")
	loops.say("loop")
	loops.say("after")
	loops.hear("echo:after")
	other.say("after")
	other.hear("echo:after")

	done := make(chan error, 1)
	go func() { done <- h.Close() }()
	other.ends(websocket.CloseGoingAway, "The server is shutting down")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestSocketLimits(t *testing.T) {
	_, s := rooming(t, func(c *Config) { c.Limits.Sockets, c.Limits.MessageBytes = 2, 1000 })
	a, b := dial(t, s, "/hibernating"), dial(t, s, "/plain")
	over := dial(t, s, "/plain")
	over.ends(websocket.CloseTryAgainLater, "The facet has too many WebSockets")
	b.say(strings.Repeat("x", 995))
	b.hear("echo:" + strings.Repeat("x", 995))
	b.say(strings.Repeat("x", 996)) // its echo is too long
	b.ends(websocket.CloseMessageTooBig, "Message is too large")
	a.say(strings.Repeat("x", 1001))
	a.ends(websocket.CloseMessageTooBig, "Message is too large")
}

// Code in the supervisor is a client like any other.
func TestSocketInGo(t *testing.T) {
	h, _ := rooming(t, nil)
	p, err := h.OpenProject(t.Context(), ProjectConfig{Name: "test", Classes: []StoredClass{{Class: "Root"}}, Loaders: []string{"LOADER"},
		Worker: h.Loader().Load(WorkerCode{CompatibilityDate: "2026-04-16", MainModule: "index.js", Modules: map[string]Module{"index.js": JS(rooms)}})})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(path string) (*WebSocket, error) {
		r, err := http.NewRequestWithContext(t.Context(), "GET", "http://h"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		return p.Object("Root", "go").WebSocket(t.Context(), r)
	}
	ws, err := ask("/plain")
	if err != nil {
		t.Fatal(err)
	}
	if err := ws.Send(Message{Text: true, Data: []byte("hi")}); err != nil || ws.Header.Get("X-Origin") != "none" {
		t.Fatal(err, ws.Header)
	}
	if m, err := ws.Receive(); err != nil || !m.Text || string(m.Data) != "echo:hi" {
		t.Fatalf("%v, %v", m, err)
	}
	if err := ws.Send(Message{Data: make([]byte, 1<<20+1)}); err == nil {
		t.Error("a message over the limit was sent")
	}
	if err := ws.Send(Message{Text: true, Data: []byte("bye")}); err != nil {
		t.Fatal(err)
	}
	var closed *WebSocketCloseError
	if _, err := ws.Receive(); !errors.As(err, &closed) || closed.Code != 4001 || closed.Reason != "bye" {
		t.Errorf("%v", err)
	}
	if err := ws.Close(1006, ""); err == nil {
		t.Error("code 1006 was sent")
	}
	if err := ws.Close(4001, "too"); err != nil {
		t.Error(err)
	}
	if _, err := ask("/seen"); err == nil || !strings.Contains(err.Error(), "status 200 and no WebSocket") {
		t.Errorf("%v", err)
	}
}
