package egress

import (
	"bufio"
	"context"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/facetd/facetd/supervisor/internal/fair"
)

// echo answers messages with themselves, where it is asked for a WebSocket at /.
func echo(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/no":
		http.Error(w, "not here", http.StatusTeapot)
		return
	case "/long":
		_, _ = io.WriteString(w, strings.Repeat("x", 3000)) // the client may be gone
		return
	}
	up := websocket.Upgrader{Subprotocols: []string{"two"}, CheckOrigin: func(*http.Request) bool { return true }}
	c, err := up.Upgrade(w, r, http.Header{"X-Asked": {r.Header.Get("X-Own") + r.Header.Get("Sec-Websocket-Version") + r.Header.Get("Origin")}})
	if err != nil {
		return
	}
	defer c.Close()
	for {
		kind, data, err := c.ReadMessage()
		if err != nil || c.WriteMessage(kind, data) != nil {
			return
		}
	}
}

func dial(n *Network, ctx context.Context, url string, h http.Header) (*Socket, error) {
	if h == nil {
		h = http.Header{}
	}
	return n.Dial(ctx, &Request{URL: url, Header: h, Whole: -1})
}

func TestDial(t *testing.T) {
	_, port := serve(t, echo)
	s := httptest.NewUnstartedServer(http.HandlerFunc(echo))
	s.EnableHTTP2 = true // over which there are no WebSockets
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	tlsPort := s.Listener.Addr().String()[strings.LastIndexByte(s.Listener.Addr().String(), ':')+1:]
	r := &names{answers: map[string][][]string{"example.com": {{"127.0.0.1"}}}}
	n := network(t, Config{Allow: []string{"127.0.0.1:" + port, "example.com:" + tlsPort}, Private: []string{"127.0.0.0/8"}, Roots: roots, Resolver: r})
	for _, url := range []string{"http://127.0.0.1:" + port + "/a%2Fb?q", "https://example.com:" + tlsPort + "/"} {
		ws, err := dial(n, t.Context(), url, http.Header{"Upgrade": {"websocket"}, "X-Own": {"own"}, "Origin": {"o"}, "Sec-Websocket-Version": {"1"}, "Sec-Websocket-Key": {"x"}, "Sec-Websocket-Extensions": {"permessage-deflate"}, "Sec-Websocket-Protocol": {"one, two"}})
		if err != nil {
			t.Fatal(err)
		}
		h := ws.Response.Header
		if ws.Response.Status != 101 || h.Get("X-Asked") != "own13o" || h.Get("Sec-Websocket-Protocol") != "two" || h.Get("Upgrade") != "" {
			t.Errorf("%s: %d %v", url, ws.Response.Status, h)
		}
		if err := ws.Conn.WriteMessage(websocket.TextMessage, []byte(strings.Repeat("m", 2*maxHeaderBytes))); err != nil {
			t.Error(err)
		}
		if _, data, err := ws.Conn.ReadMessage(); err != nil || len(data) != 2*maxHeaderBytes {
			t.Errorf("%s: %d bytes, %v", url, len(data), err)
		}
		ws.Conn.Close()
	}
	no, err := dial(n, t.Context(), "http://127.0.0.1:"+port+"/no", nil)
	if err != nil || no.Conn != nil || no.Response.Status != http.StatusTeapot {
		t.Fatalf("%+v, %v", no, err)
	}
	if body, err := io.ReadAll(no.Response.Body); err != nil || string(body) != "not here\n" {
		t.Errorf("%q, %v", body, err)
	}
	long, err := dial(n, t.Context(), "http://127.0.0.1:"+port+"/long", nil)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(long.Response.Body); err == nil || len(body) != maxRefusal {
		t.Errorf("%d bytes, %v", len(body), err)
	}
}

// The list and the addresses count as they do for requests.
func TestDialRefused(t *testing.T) {
	_, port := serve(t, echo)
	r := &names{answers: map[string][][]string{"inside.example": {{"127.0.0.1"}}, "example.com": {{"127.0.0.1"}}}}
	n := network(t, Config{Allow: []string{"*", "example.com:" + port}, Resolver: r})
	for url, told := range map[string]string{
		"http://inside.example/":           Lost,
		"http://example.com:" + port + "/": Lost,
		"http://169.254.169.254/":          "",
		"http://127.0.0.1:" + port + "/":   "",
		"http://other.example:99/":         "This worker is not permitted to access other.example:99: the list of allowed hosts does not have it.",
		"ws://example.com/":                "Fetch API cannot load: ws://example.com/",
		"http://user:pw@example.com/":      "Fetch API cannot load: http://user:pw@example.com/",
	} {
		ws, err := dial(n, t.Context(), url, nil)
		var e *Error
		if ws != nil || !errors.As(err, &e) || !e.Refused || told != "" && e.Told != told {
			t.Errorf("%s: %v, %+v", url, ws, err)
		}
	}
	open := network(t, Config{Allow: []string{"example.com:" + port}, Private: []string{"127.0.0.0/8"}, Resolver: r})
	ws, err := dial(open, t.Context(), "http://example.com:"+port+"/", nil)
	if err != nil {
		t.Fatalf("control: %v", err)
	}
	ws.Conn.Close()
}

// answering serves whatever a hostile server says to a handshake.
func answering(t *testing.T, answer func(c net.Conn, key string)) *Network {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				if r, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
					answer(c, r.Header.Get("Sec-WebSocket-Key"))
				}
			}()
		}
	}()
	return network(t, Config{Allow: []string{l.Addr().String()}, Private: []string{"127.0.0.0/8"}})
}

// hostOf is the host and port that a network of answering reaches.
func hostOf(n *Network) string {
	r := n.policy.rules[0]
	return netip.AddrPortFrom(r.addr, r.port).String()
}

func acceptOf(text string) string {
	sum := sha1.Sum([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func TestDialHostileServer(t *testing.T) {
	const magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" // RFC 6455 section 1.3
	accepted := func(key string) string {
		return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + acceptOf(key+magic) + "\r\n"
	}
	cases := map[string]func(c net.Conn, key string){
		"an extension that nobody offered": func(c net.Conn, key string) {
			io.WriteString(c, accepted(key)+"Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n\r\n")
		},
		"a protocol that nobody offered":    func(c net.Conn, key string) { io.WriteString(c, accepted(key)+"Sec-WebSocket-Protocol: x\r\n\r\n") },
		"a key that is another's":           func(c net.Conn, _ string) { io.WriteString(c, accepted("other")+"\r\n") },
		"a header field with control bytes": func(c net.Conn, key string) { io.WriteString(c, accepted(key)+"X-A: a\x01b\r\n\r\n") },
		"no HTTP":                           func(c net.Conn, _ string) { io.WriteString(c, "SSH-2.0-x\r\n\r\n") },
		"nothing":                           func(net.Conn, string) {},
		"a header without end": func(c net.Conn, key string) {
			io.WriteString(c, accepted(key))
			for {
				if _, err := io.WriteString(c, "X-A: "+strings.Repeat("a", 4000)+"\r\n"); err != nil {
					return
				}
			}
		},
	}
	for name, answer := range cases {
		t.Run(name, func(t *testing.T) {
			n := answering(t, answer)
			ws, err := dial(n, t.Context(), "http://"+hostOf(n)+"/", nil)
			var e *Error
			if ws != nil || !errors.As(err, &e) || e.Told != Lost {
				t.Errorf("%+v, %v", ws, err)
			}
		})
	}
	n := answering(t, func(c net.Conn, key string) { io.WriteString(c, accepted(key)+"\r\n"); io.Copy(io.Discard, c) })
	ws, err := dial(n, t.Context(), "http://"+hostOf(n)+"/", nil)
	if err != nil {
		t.Fatalf("control: %v", err)
	}
	ws.Conn.Close()
}

// Whoever gives up does not leave a connection behind, and a place is free again
// when its socket is closed, and not before.
func TestDialPlaces(t *testing.T) {
	_, port := serve(t, echo)
	n := network(t, Config{Allow: []string{"127.0.0.1:" + port}, Private: []string{"127.0.0.0/8"}})
	n.sockets = fair.New(1, 1)
	url := "http://127.0.0.1:" + port + "/"
	first, err := dial(n, t.Context(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	waits := make(chan error, 1)
	go func() { _, err := dial(n, ctx, url, nil); waits <- err }()
	cancel()
	if err := <-waits; !errors.Is(err, context.Canceled) {
		t.Errorf("a second: %v", err)
	}
	first.Conn.Close()
	for range 3 { // a refusal keeps no place either
		if _, err := dial(n, t.Context(), url+"no", nil); err != nil {
			t.Fatal(err)
		}
	}
	stuck := answering(t, func(c net.Conn, _ string) { io.Copy(io.Discard, c) })
	ctx, cancel = context.WithCancel(t.Context())
	go func() { _, err := dial(stuck, ctx, "http://"+hostOf(stuck)+"/", nil); waits <- err }()
	cancel()
	if err := <-waits; !errors.Is(err, context.Canceled) {
		t.Errorf("a server that says nothing: %v", err)
	}
}

// One of those who share a key does not take all the places of the key.
func TestDialPlacesWithin(t *testing.T) {
	_, port := serve(t, echo)
	n := network(t, Config{Allow: []string{"127.0.0.1:" + port}, Private: []string{"127.0.0.0/8"}})
	open := func(ctx context.Context, within string) (*Socket, error) {
		return n.Dial(ctx, &Request{URL: "http://127.0.0.1:" + port + "/", Header: http.Header{}, Whole: -1, Key: "object", Within: within})
	}
	var last *Socket
	for range withinShare {
		ws, err := open(t.Context(), "greedy")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { ws.Conn.Close() })
		last = ws
	}
	ctx, cancel := context.WithCancel(t.Context())
	waits := make(chan error, 1)
	go func() { _, err := open(ctx, "greedy"); waits <- err }()
	other, err := open(t.Context(), "modest")
	if err != nil {
		t.Fatal(err)
	}
	other.Conn.Close()
	cancel()
	if err := <-waits; !errors.Is(err, context.Canceled) {
		t.Errorf("one more: %v", err)
	}
	last.Conn.Close() // control
	again, err := open(t.Context(), "greedy")
	if err != nil {
		t.Fatal(err)
	}
	again.Conn.Close()
}
