package gateway_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/gateway"
	"github.com/facetd/facetd/supervisor/internal/instance"
	"github.com/facetd/facetd/supervisor/internal/testpeer"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

func TestMain(m *testing.M) {
	testpeer.Main()
	os.Exit(m.Run())
}

// facet starts a peer and serves it over HTTP, through the gateway.
func facet(t *testing.T, o *gateway.Options) *httptest.Server {
	t.Helper()
	i, err := instance.Start(t.Context(), instance.Config{Launch: testpeer.Launch("ok"), TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		i.Kill(fault.New(fault.SupervisorShutdown, "the test is over"))
		<-i.Done()
	})
	if err := i.Assign(t.Context(), instance.Assignment{Facet: "f", Request: &facetv1.AssignRequest{}, Limits: instance.Limits{
		CPU: time.Second, Wall: time.Minute, HeaderBytes: 64 << 10, HeaderEntries: 128, ResponseBytes: 32 << 20,
		LogBytes: 1 << 20, LogBurst: 1 << 20,
	}}); err != nil {
		t.Fatal(err)
	}
	if o.HeaderBytes == 0 {
		o.HeaderBytes, o.HeaderEntries = 64<<10, 128
	}
	if o.RequestBytes == 0 {
		o.RequestBytes = 32 << 20
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.Serve(w, r, func(_ context.Context, head *facetv1.RequestHead) (*wire.Call, func(), error) {
			call, err := i.Mux().Fetch(head)
			return call, func() {}, err
		})
	}))
	t.Cleanup(s.Close)
	return s
}

// raw sends bytes and returns the answer's status, header and body.
func raw(t *testing.T, s *httptest.Server, request string) (*http.Response, string) {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(request, " ")
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(b)
}

// Attack 87: what the facet is told about a request.
func TestRequests(t *testing.T) {
	tests := []struct {
		name, request string
		status        int
		has, lacks    []string
	}{
		{"plain", "GET /show?a=b%20c HTTP/1.1\r\nHost: app.example\r\nX-A: 1\r\n\r\n", 200,
			[]string{"GET http://app.example/show?a=b%20c\n", "\nX-A\n1\n", "host\napp.example\n"}, nil},
		{"port", "GET /show HTTP/1.1\r\nHost: app.example:8080\r\n\r\n", 200, []string{"http://app.example:8080/show"}, nil},
		{"spoofed", "GET /show HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\nForwarded: for=x\r\nX-Real-IP: 1\r\nX-Facet-Id: 7\r\n\r\n", 200,
			[]string{"http://a/show"}, []string{"Forwarded", "1.2.3.4", "Real-Ip", "X-Facet"}},
		{"spoofed as by Cloudflare", "GET /show HTTP/1.1\r\nHost: a\r\nCF-Connecting-IP: 1.2.3.4\r\nTrue-Client-IP: 1.2.3.4\r\ncf-ipcountry: T1\r\nX-Client-Ip: 1.2.3.4\r\nCf-Own: 1\r\n\r\n", 200,
			[]string{"\nCf-Own\n1\n"}, []string{"1.2.3.4", "Connecting", "Client", "country", "Country"}},
		{"hop by hop", "GET /show HTTP/1.1\r\nHost: a\r\nConnection: X-Secret, keep-alive\r\nX-Secret: s\r\nTE: trailers\r\nProxy-Authorization: p\r\nUpgrade: h2c\r\n\r\n", 200,
			nil, []string{"Secret", "Te\n", "Proxy-", "Upgrade", "Connection"}},
		{"absolute form", "GET http://other.example/show HTTP/1.1\r\nHost: a\r\n\r\n", 200, []string{"http://other.example/show"}, nil},
		{"escaped", "GET /show/%2e%2e%2f%252e?x=%00 HTTP/1.1\r\nHost: a\r\n\r\n", 200, nil, nil},
		{"user info in Host", "GET /show HTTP/1.1\r\nHost: user@a\r\n\r\n", 400, nil, nil},
		{"path in Host", "GET /show HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, nil, nil},
		{"bad port", "GET /show HTTP/1.1\r\nHost: a:99999\r\n\r\n", 400, nil, nil},
		{"no Host", "GET /show HTTP/1.0\r\n\r\n", 400, nil, nil},
		{"star", "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 200, nil, nil}, // net/http answers itself
		{"trace", "TRACE /show HTTP/1.1\r\nHost: a\r\n\r\n", 501, nil, nil},
		{"too many headers", "GET /show HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("X-A: 1\r\n", 200) + "\r\n", 431, nil, nil},
		{"too large headers", "GET /show HTTP/1.1\r\nHost: a\r\nX-A: " + strings.Repeat("a", 70<<10) + "\r\n\r\n", 431, nil, nil},
	}
	s := facet(t, &gateway.Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp, body := raw(t, s, tt.request)
			if resp.StatusCode != tt.status {
				t.Fatalf("status %d, want %d; %s", resp.StatusCode, tt.status, body)
			}
			for _, want := range tt.has {
				if !strings.Contains(body, want) {
					t.Errorf("no %q in\n%s", want, body)
				}
			}
			for _, no := range tt.lacks {
				if strings.Contains(body, no) {
					t.Errorf("%q in\n%s", no, body)
				}
			}
		})
	}
}

func TestTrustedProxy(t *testing.T) {
	s := facet(t, &gateway.Options{TrustForwarded: func(*http.Request) bool { return true }})
	_, body := raw(t, s, "GET /show HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: http, https\r\nCF-Connecting-IP: 1.2.3.5\r\n\r\n")
	if !strings.Contains(body, "https://a/show") || !strings.Contains(body, "1.2.3.5") || !strings.Contains(body, "1.2.3.4") {
		t.Error(body)
	}
}

// Attacks 84 to 86 and the table of failures: what a client sees.
func TestAnswers(t *testing.T) {
	tests := []struct {
		path   string
		status int
		body   string
	}{
		{"/", 200, "hello"},
		{"/throw", 500, "Internal Server Error"}, // F54
		{"/cpu", 504, "Gateway Timeout"},
		{"/large", 502, "Bad Gateway"},
		{"/header-many", 502, "Bad Gateway"},
	}
	s := facet(t, &gateway.Options{})
	for _, tt := range tests {
		resp, body := raw(t, s, "GET "+tt.path+" HTTP/1.1\r\nHost: a\r\n\r\n")
		if resp.StatusCode != tt.status || body != tt.body {
			t.Errorf("%s: %d %q, want %d %q", tt.path, resp.StatusCode, body, tt.status, tt.body)
		}
	}
	for _, path := range []string{"/status-101", "/header-crlf", "/exit", "/huge"} {
		resp, body := raw(t, facet(t, &gateway.Options{}), "GET "+path+" HTTP/1.1\r\nHost: a\r\n\r\n")
		if resp.StatusCode != 502 || body != "Bad Gateway" || resp.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %q %v", path, resp.StatusCode, body, resp.Header)
		}
	}
}

func TestResponseFields(t *testing.T) {
	s := facet(t, &gateway.Options{})
	resp, body := raw(t, s, "GET /smuggle HTTP/1.1\r\nHost: a\r\n\r\n")
	if body != "hello" || resp.ContentLength != 5 || len(resp.TransferEncoding) > 0 || resp.Header.Get("X-Ok") != "kept" {
		t.Errorf("%q %v", body, resp)
	}
	for _, name := range []string{"X-Foo", "Keep-Alive", "Trailer", "X-Accel-Redirect", "Server"} {
		if v := resp.Header.Get(name); v != "" {
			t.Errorf("%s: %s came through", name, v)
		}
	}
	resp, body = raw(t, s, "HEAD /smuggle HTTP/1.1\r\nHost: a\r\n\r\n")
	if body != "" || resp.ContentLength != 99 {
		t.Errorf("HEAD: %q %v", body, resp)
	}
}

func TestBodies(t *testing.T) {
	s := facet(t, &gateway.Options{RequestBytes: 8 << 20})
	for _, size := range []int{0, 1, 64 << 10, 64<<10 + 1, 300_000, 5 << 20} {
		for _, path := range []string{"/length", "/echo"} {
			for _, chunked := range []bool{false, true} {
				body := strings.Repeat("b", size)
				var r io.Reader = strings.NewReader(body)
				if chunked {
					r = io.MultiReader(r) // hides the length
				}
				resp, err := http.Post(s.URL+path, "text/plain", r)
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				want := body
				if path == "/length" {
					want = fmt.Sprint(size)
				}
				if err != nil || string(got) != want {
					t.Errorf("%s %d chunked=%v: %d bytes, %v", path, size, chunked, len(got), err)
				}
			}
		}
	}
	for _, chunked := range []bool{false, true} {
		var r io.Reader = strings.NewReader(strings.Repeat("b", 9<<20))
		if chunked {
			r = io.MultiReader(r)
		}
		req, _ := http.NewRequest("POST", s.URL+"/length", r)
		req.Header.Set("Expect", "100-continue")
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != 413 {
			t.Errorf("chunked=%v: %d", chunked, resp.StatusCode)
		}
		resp.Body.Close()
	}
}

// The answer arrives piece by piece while the request is still being written.
func TestStreaming(t *testing.T) {
	s := facet(t, &gateway.Options{})
	read, write := io.Pipe()
	req, _ := http.NewRequest("POST", s.URL+"/echo", read)
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for i := range 5 {
		text := fmt.Sprintf("piece %d", i)
		io.WriteString(write, text)
		buf := make([]byte, len(text))
		if _, err := io.ReadFull(resp.Body, buf); err != nil || string(buf) != text {
			t.Fatalf("%q %v", buf, err)
		}
	}
	write.Close()
	if rest, err := io.ReadAll(resp.Body); err != nil || len(rest) > 0 {
		t.Errorf("%q %v", rest, err)
	}
}

// An answer that breaks off is seen as broken, not as short.
func TestBreaksOff(t *testing.T) {
	s := facet(t, &gateway.Options{})
	resp, err := http.Get(s.URL + "/head-fail")
	if err == nil {
		_, err = io.ReadAll(resp.Body)
		resp.Body.Close()
	}
	if err == nil {
		t.Error("no error")
	}
}

// A client that reads nothing of an endless answer, and one that leaves, cost
// their windows and disturb nobody.
func TestSlowClient(t *testing.T) {
	s := facet(t, &gateway.Options{})
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(conn, "GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, body := raw(t, s, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); body != "hello" {
				t.Error(body)
			}
		})
	}
	all.Wait()
	conn.Close()
}

func TestValidHost(t *testing.T) {
	for host, want := range map[string]bool{
		"a": true, "a.b-c_d.example": true, "a:80": true, "127.0.0.1:1": true, "[::1]": true, "[::1]:8080": true,
		"": false, "a:": false, "a:0": false, "a:65536": false, "a b": false, "a/b": false, "a@b": false, "a?b": false,
		"a#b": false, "a\\b": false, "[::1": false, "::1": false, "a%41": false, "ä": false, ":80": false,
	} {
		if got := gateway.ValidHost(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}

func TestOutgoing(t *testing.T) {
	o := &gateway.Options{HeaderBytes: 1 << 16, HeaderEntries: 128, RequestBytes: 1 << 20}
	for _, url := range []string{"/y", "ftp://a/", "http:///x"} {
		r := httptest.NewRequest("GET", "http://a/", nil)
		r.URL, _ = r.URL.Parse(url)
		if url == "/y" {
			r.URL.Scheme, r.URL.Host = "", ""
		}
		if _, err := o.Fetch(t.Context(), r, nil); err == nil || !strings.Contains(err.Error(), "Invalid URL") {
			t.Errorf("F12: %s: %v", url, err)
		}
	}
}
