package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
)

// overTLS returns a network that reaches a server of HTTP/2, and its URL.
func overTLS(t *testing.T, s *httptest.Server) (*Network, string) {
	t.Helper()
	port := s.Listener.Addr().String()[strings.LastIndexByte(s.Listener.Addr().String(), ':'):]
	r := &names{answers: map[string][][]string{"example.com": {{"127.0.0.1"}}}}
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return network(t, Config{Allow: []string{"example.com" + port}, Private: []string{"127.0.0.0/8"}, Resolver: r, Roots: roots}), "https://example.com" + port + "/"
}

// What a server sends and an application does not read stays at the server.
func TestUnreadAnswer(t *testing.T) {
	var sent atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for p := make([]byte, 1<<10); ; {
			n, err := w.Write(p)
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	n, url := overTLS(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	resp, err := n.Do(ctx, &Request{Method: "GET", URL: url, Header: http.Header{}, Whole: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Close()
	soon(t, "control: it sends what there is room for", func() bool { return sent.Load() >= 64<<10 })
	for quiet, last := 0, int64(0); quiet < 100; time.Sleep(2 * time.Millisecond) {
		now := sent.Load()
		if now > 1<<20 {
			t.Fatalf("%d bytes were taken that nobody reads", now)
		}
		if quiet++; now != last {
			quiet, last = 0, now
		}
	}
	got, err := io.CopyN(io.Discard, resp.Body, 4<<20)
	if err != nil {
		t.Errorf("control: read %d, %v", got, err)
	}
}

// A server that gives room for all, and then reads nothing, does not keep the
// connections of requests that were given up: each would be a descriptor.
func TestServerThatDoesNotRead(t *testing.T) {
	s := httptest.NewUnstartedServer(nil)
	s.EnableHTTP2 = true
	s.StartTLS() // for its certificate
	t.Cleanup(s.Close)
	n, _ := overTLS(t, s)
	if n.transport.HTTP2.WriteByteTimeout != stuckTimeout {
		t.Error("control: there is no time limit")
	}
	n.transport.HTTP2.WriteByteTimeout = 500 * time.Millisecond
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).AddrPort().Port()
	n.policy.rules[0].port = port
	var given atomic.Int64
	done := make(chan error, 1)
	go func() {
		_, err := n.Do(t.Context(), &Request{Method: "POST", URL: fmt.Sprintf("https://example.com:%d/", port), Header: http.Header{}, Body: endless{&given}, Whole: -1})
		done <- err
	}()
	raw, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	c := tls.Server(raw, s.TLS)
	if _, err := io.ReadFull(c, make([]byte, len(http2.ClientPreface))); err != nil {
		t.Fatal(err)
	}
	f := http2.NewFramer(c, c)
	_ = f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1<<31 - 1})
	_ = f.WriteWindowUpdate(0, 1<<30)
	within := time.Now().Add(30 * time.Second)
	for given.Load() < 1<<20 {
		if time.Now().After(within) {
			t.Fatal("control: it does not send what there is room for")
		}
		time.Sleep(time.Millisecond)
	}
	for f.WritePing(false, [8]byte{}) == nil { // a server that is alive, but for that
		if time.Now().After(within) {
			t.Fatal("the connection stays")
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := <-done; err == nil {
		t.Error("it was answered")
	}
}

// endless is a body without end.
type endless struct{ read *atomic.Int64 }

func (e endless) Read(p []byte) (int, error) { e.read.Add(int64(len(p))); return len(p), nil }
