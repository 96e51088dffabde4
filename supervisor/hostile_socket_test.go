package supervisor

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// A runner that misuses WebSockets ends with a verdict, its clients see a lost
// connection and never a byte that it chose, and the next call has a new runner.
func TestHostileSocketRunner(t *testing.T) {
	ended := make(chan *VerdictError, 100)
	h := peerHost(t, "ok", func(c *Config) { c.Ended = func(v *VerdictError) { ended <- v } })
	for _, attack := range []string{"ws-bytes", "ws-code", "ws-after", "ws-flood", "ws-stranger", "ws-tags", "ws-tag-twice", "ws-attachment", "ws-attached", "ws-auto"} {
		t.Run(attack, func(t *testing.T) {
			stub := h.Object("NS", attack).Facets().Get("app", startAny(h))
			s := httptest.NewServer(stub)
			defer s.Close()
			control := dial(t, s, "/ws")
			control.say("hi")
			control.hear("hi")
			c, resp, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(s.URL, "http")+"/"+attack, nil)
			if err == nil {
				defer c.Close()
				_ = c.SetReadDeadline(time.Now().Add(patience))
				for err == nil {
					_, _, err = c.ReadMessage()
				}
				if e, ok := err.(*websocket.CloseError); !ok || e.Code != websocket.CloseAbnormalClosure && e.Code != websocket.CloseNormalClosure {
					t.Errorf("%v", err)
				}
			} else if resp == nil || resp.StatusCode != http.StatusBadGateway {
				t.Fatal(err)
			}
			if v := <-ended; v.Verdict != ProtocolViolation {
				t.Errorf("%v", v)
			}
			control.ends(websocket.CloseAbnormalClosure, "")
			mustFetch(t, stub, "/count", "1")
		})
	}
	t.Run("not asked for", func(t *testing.T) {
		stub := h.Object("NS", "unasked").Facets().Get("app", startAny(h))
		if code, _ := get(stub, "/ws"); code != http.StatusBadGateway {
			t.Errorf("%d", code)
		}
		if v := <-ended; v.Verdict != ProtocolViolation {
			t.Errorf("%v", v)
		}
	})
}

// Automatic answers are the supervisor's: they give the runner no window, and what it
// may keep waiting stays bounded.
func TestAutomaticAnswersAreNoCredit(t *testing.T) {
	h := peerHost(t, "ok", nil)
	s := httptest.NewServer(h.Object("NS", "x").Facets().Get("app", startAny(h)))
	defer s.Close()
	c := dial(t, s, "/ws-pings")
	for range 200 { // six windows
		c.say("ping")
		c.hear(strings.Repeat("p", 2048))
	}
	_ = c.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(time.Second))
	c.ends(websocket.CloseNormalClosure, "")
}

// rawClient shakes hands and hands the connection to the test.
func rawClient(t *testing.T, s *httptest.Server, path string) (net.Conn, *bufio.Reader) {
	t.Helper()
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: app.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", path)
	r := bufio.NewReader(c)
	resp, err := http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols || resp.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatal(resp, err)
	}
	return c, r
}

// frame builds a client's frame as RFC 6455 section 5.2 has it, masked with zeros;
// length lies where it is not that of data.
func wsFrame(first byte, length uint64, masked bool, data string) []byte {
	b := []byte{first}
	mask := byte(0)
	if masked {
		mask = 0x80
	}
	switch {
	case length < 126:
		b = append(b, mask|byte(length))
	case length < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, mask|126), uint16(length))
	default:
		b = binary.BigEndian.AppendUint64(append(b, mask|127), length)
	}
	if masked {
		b = append(b, 0, 0, 0, 0)
	}
	return append(b, data...)
}

// closeCode reads frames of the server up to its close, or 1006.
func closeCode(t *testing.T, r *bufio.Reader) int {
	t.Helper()
	for {
		head := make([]byte, 2)
		if _, err := io.ReadFull(r, head); err != nil {
			return websocket.CloseAbnormalClosure
		}
		data := make([]byte, head[1]&0x7f)
		if _, err := io.ReadFull(r, data); err != nil {
			return websocket.CloseAbnormalClosure
		}
		if head[0]&0xf == websocket.CloseMessage {
			if len(data) < 2 {
				return websocket.CloseNoStatusReceived
			}
			return int(binary.BigEndian.Uint16(data))
		}
	}
}

// What a client may not send ends its connection with the right code, costs no more
// than it sent, and hurts nobody else.
func TestHostileSocketClient(t *testing.T) {
	h := peerHost(t, "ok", func(c *Config) { c.Limits.MessageBytes = 100_000 })
	stub := h.Object("NS", "o").Facets().Get("app", startAny(h))
	s := httptest.NewServer(stub)
	defer s.Close()
	bystander := dial(t, s, "/ws")
	text, ping, closes := byte(0x81), byte(0x89), byte(0x88)
	for name, tt := range map[string]struct {
		send []byte
		code int
	}{
		"control: a message":                     {append(wsFrame(text, 2, true, "ok"), wsFrame(closes, 2, true, "\x03\xe8")...), 1000},
		"control: fragments and a ping between":  {append(append(append(wsFrame(1, 1, true, "o"), wsFrame(ping, 1, true, "p")...), wsFrame(0x80, 1, true, "k")...), wsFrame(closes, 2, true, "\x03\xe8")...), 1000},
		"not masked":                             {wsFrame(text, 2, false, "ok"), 1002},
		"a reserved bit":                         {wsFrame(text|0x40, 2, true, "ok"), 1002},
		"an unknown kind of frame":               {wsFrame(0x83, 0, true, ""), 1002},
		"a ping in fragments":                    {wsFrame(9, 1, true, "p"), 1002},
		"a ping of 126 bytes":                    {wsFrame(ping, 126, true, strings.Repeat("p", 126)), 1002},
		"a continuation of nothing":              {wsFrame(0x80, 1, true, "x"), 1002},
		"a message within a message":             {append(wsFrame(1, 1, true, "x"), wsFrame(text, 1, true, "y")...), 1002},
		"a length of 2^63":                       {wsFrame(text, 1<<63, true, "x"), 1002},
		"a length of 2^63-1, and a little of it": {wsFrame(text, 1<<63-1, true, strings.Repeat("x", 100_001)), 1009},
		"a message over the limit":               {wsFrame(text, 100_001, true, strings.Repeat("x", 100_001)), 1009},
		"the same in fragments":                  {append(wsFrame(1, 60_000, true, strings.Repeat("x", 60_000)), wsFrame(0x80, 60_000, true, strings.Repeat("x", 60_000))...), 1009},
		"text that is no UTF-8":                  {wsFrame(text, 2, true, "\xff\xfe"), 1007},
		"close code 1005":                        {wsFrame(closes, 2, true, "\x03\xed"), 1002},
		"close code 999":                         {wsFrame(closes, 2, true, "\x03\xe7"), 1002},
		"a close of one byte":                    {wsFrame(closes, 1, true, "\x03"), 1005},
		"a reason that is no UTF-8":              {wsFrame(closes, 3, true, "\x03\xe8\xff"), 1002},
	} {
		t.Run(name, func(t *testing.T) {
			c, r := rawClient(t, s, "/ws")
			if _, err := c.Write(tt.send); err != nil {
				t.Fatal(err)
			}
			if got := closeCode(t, r); got != tt.code {
				t.Errorf("code %d, want %d", got, tt.code)
			}
		})
	}
	bystander.say("still here")
	bystander.hear("still here")
	if got, err := fetch(t, stub, "/count"); err != nil || got != "1" {
		t.Errorf("the facet did not survive: %q, %v", got, err)
	}
}

// A handshake that is none is not brought to the facet.
func TestHostileHandshake(t *testing.T) {
	h := peerHost(t, "ok", nil)
	s := httptest.NewServer(h.Object("NS", "o").Facets().Get("app", startAny(h)))
	defer s.Close()
	good := map[string]string{"Connection": "keep-alive, Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
	for _, tt := range []struct {
		name, method, field, value string
		status                     int
	}{
		{"control", "GET", "", "", http.StatusSwitchingProtocols},
		{"version 12", "GET", "Sec-WebSocket-Version", "12", http.StatusUpgradeRequired},
		{"no key", "GET", "Sec-WebSocket-Key", "", http.StatusBadRequest},
		{"a key of 15 bytes", "GET", "Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAA", http.StatusBadRequest},
		{"a body", "GET", "Content-Length", "1", http.StatusBadRequest},
		// No requests for a socket; the runner of the test answers with one all the
		// same, and is ended for it.
		{"POST", "POST", "", "", http.StatusBadGateway},
		{"no upgrade in Connection", "GET", "Connection", "close", http.StatusBadGateway},
		{"another protocol", "GET", "Upgrade", "h2c", http.StatusBadGateway},
	} {
		c, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(patience))
		var b strings.Builder
		fmt.Fprintf(&b, "%s /ws HTTP/1.1\r\nHost: app.example\r\n", tt.method)
		for name, value := range good {
			if name != tt.field {
				fmt.Fprintf(&b, "%s: %s\r\n", name, value)
			}
		}
		if tt.value != "" {
			fmt.Fprintf(&b, "%s: %s\r\n", tt.field, tt.value)
		}
		b.WriteString("\r\n")
		if tt.field == "Content-Length" {
			b.WriteString("x")
		}
		_, _ = io.WriteString(c, b.String())
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || resp.StatusCode != tt.status {
			t.Errorf("%s: %v, %v; want %d", tt.name, resp, err, tt.status)
		}
		c.Close()
	}
}

// A runner that deals with no message makes its client wait, and nobody else.
func TestDeafSocket(t *testing.T) {
	h := peerHost(t, "ok", nil)
	s := httptest.NewServer(h.Object("NS", "o").Facets().Get("app", startAny(h)))
	defer s.Close()
	c := dial(t, s, "/ws-deaf")
	_ = c.SetWriteDeadline(time.Now().Add(2 * time.Second))
	sent := 0
	for ; sent < 1000; sent++ { // 1 GB: sockets' buffers are smaller
		if c.WriteMessage(websocket.BinaryMessage, make([]byte, 1<<20)) != nil {
			break
		}
	}
	if sent == 1000 {
		t.Error("the client could send without end")
	}
	if code, body := get(s.Config.Handler, "/count"); code != 200 || body != "1" {
		t.Errorf("%d %q", code, body)
	}
}

// After any number of connections that ended in any way nothing of them is left.
func TestSocketStorm(t *testing.T) {
	h := peerHost(t, "ok", nil)
	stub := h.Object("NS", "o").Facets().Get("app", startAny(h))
	s := httptest.NewServer(stub)
	defer s.Close()
	var all sync.WaitGroup
	for n := range 200 {
		c := dial(t, s, "/ws")
		all.Go(func() {
			defer c.Close()
			if n%4 == 3 {
				return // without a word
			}
			if c.WriteMessage(websocket.TextMessage, []byte("x")) != nil {
				t.Error("cannot write")
			}
			if n%4 == 2 {
				return
			}
			_ = c.SetReadDeadline(time.Now().Add(patience))
			if _, b, err := c.ReadMessage(); err != nil || string(b) != "x" {
				t.Errorf("%q, %v", b, err)
			}
			if n%4 == 1 {
				_ = c.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""))
				_, _, _ = c.ReadMessage()
			}
		})
	}
	all.Wait()
	eventually(t, "nothing is left", func() bool {
		stub.inc.mu.Lock()
		i := stub.inc.live
		stub.inc.mu.Unlock()
		stub.inc.sockets.mu.Lock()
		ends := len(stub.inc.sockets.ends)
		stub.inc.sockets.mu.Unlock()
		h.clients.mu.Lock()
		clients := len(h.clients.ends)
		h.clients.mu.Unlock()
		inside, waiting := stub.inc.gate.Counts()
		return i != nil && i.Mux().Sockets() == 0 && ends+clients+inside+waiting == 0
	})
}
