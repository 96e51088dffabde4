package supervisor

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

const outsideSocketApp = `export default {
  async fetch(r) {
    const url = new URL(r.url), to = url.searchParams.get("to");
    if (url.pathname === "/pass") return fetch(to, r);
    const ws = new WebSocket(to.replace("http", "ws"));
    return new Response(await new Promise((done) => {
      ws.onopen = () => ws.send(url.searchParams.get("say") ?? "hi");
      ws.onmessage = (e) => { done("said " + (e.data.length ?? e.data.size)); ws.close(); };
      ws.onerror = (e) => done("error " + e.message);
      ws.onclose = (e) => done("closed " + e.code);
    }));
  },
};`

// What a server outside sends is bounded as what clients send is, and the
// connection ends with the instance's.
func TestRealOutboundSocket(t *testing.T) {
	var open atomic.Int64
	outer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
		c, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		open.Add(1)
		defer open.Add(-1)
		defer c.Close()
		for {
			kind, data, err := c.ReadMessage()
			if err != nil {
				return
			}
			switch string(data) {
			case "large":
				data = make([]byte, 1<<20+1)
			case "garbage":
				_, _ = c.NetConn().Write([]byte{0xff, 0xff}) // the client may be gone
				continue
			case "masked": // as only clients may
				_, _ = c.NetConn().Write([]byte{0x81, 0x81, 0, 0, 0, 0, 'x'})
				continue
			}
			if c.WriteMessage(kind, data) != nil {
				return
			}
		}
	}))
	defer outer.Close()
	address := strings.TrimPrefix(outer.URL, "http://")
	network, err := NewNetwork(NetworkConfig{Allow: []string{address}, Private: []string{"127.0.0.1/32"}})
	if err != nil {
		t.Fatal(err)
	}
	defer network.Close()
	h := realHost(t, nil)
	p, err := h.OpenProject(t.Context(), ProjectConfig{
		Name: "outside", Worker: h.Loader().Load(WorkerCode{CompatibilityDate: "2026-04-01", MainModule: "index.js", Modules: map[string]Module{"index.js": JS(outsideSocketApp)}}), Outbound: network,
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(p)
	defer server.Close()
	for path, want := range map[string]string{
		"/?to=" + outer.URL:                  "said 2",
		"/?say=large&to=" + outer.URL:        "error ",
		"/?say=garbage&to=" + outer.URL:      "error ",
		"/?say=masked&to=" + outer.URL:       "error ",
		"/?to=http://127.0.0.1:1/":           "error Uncaught Error: This worker is not permitted to access 127.0.0.1:1",
		"/?to=http://169.254.169.254/latest": "error Uncaught Error: This worker is not permitted to access",
	} {
		resp, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || !strings.HasPrefix(string(body), want) && !(want == "error " && strings.HasPrefix(string(body), "closed ")) {
			t.Errorf("%s: %q, %v, want %q", path, body, err, want)
		}
	}
	until := func(what string, ok func() bool) {
		t.Helper()
		for end := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal(what)
			}
		}
	}
	until("connections stay", func() bool { return open.Load() == 0 })
	// One that is passed on to a client.
	c, resp, err := websocket.DefaultDialer.Dial(strings.Replace(server.URL, "http", "ws", 1)+"/pass?to="+outer.URL, nil)
	if err != nil {
		t.Fatalf("%v, %+v", err, resp)
	}
	defer c.Close()
	if err := c.WriteMessage(websocket.TextMessage, []byte("through")); err != nil {
		t.Fatal(err)
	}
	if _, data, err := c.ReadMessage(); err != nil || string(data) != "through" {
		t.Errorf("%q, %v", data, err)
	}
	if open.Load() != 1 {
		t.Errorf("%d connections", open.Load())
	}
	c.Close()
	until("the connection outlives its client", func() bool { return open.Load() == 0 })
}
