package egress

import (
	"compress/gzip"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/facetd/facetd/supervisor/internal/leak"

	"github.com/facetd/facetd/supervisor/internal/fair"
)

func TestMain(m *testing.M) { leak.Main(m, nil) }

// patience ends a test that hangs, however slow the machine is.
const patience = time.Minute

// names is a resolver under the test's control: each look-up of a name gives the
// next of its answers, and the last for ever.
type names struct {
	mu      sync.Mutex
	answers map[string][][]string
	asked   []string
}

func (n *names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked = append(n.asked, host)
	list := n.answers[strings.TrimSuffix(host, ".")]
	if len(list) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if len(list) > 1 {
		n.answers[strings.TrimSuffix(host, ".")] = list[1:]
	}
	var out []netip.Addr
	for _, a := range list[0] {
		out = append(out, netip.MustParseAddr(a))
	}
	return out, nil
}

func network(t *testing.T, c Config) *Network {
	t.Helper()
	n, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Close)
	return n
}

func serve(t *testing.T, h http.HandlerFunc) (*httptest.Server, string) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s, s.Listener.Addr().String()[strings.LastIndexByte(s.Listener.Addr().String(), ':')+1:]
}

func do(t *testing.T, n *Network, r *Request) (string, *Response, error) {
	t.Helper()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	resp, err := n.Do(ctx, r)
	if err != nil {
		return "", nil, err
	}
	defer resp.Close()
	if resp.Body == nil {
		return "", resp, nil
	}
	b, err := io.ReadAll(resp.Body)
	return string(b), resp, err
}

func get(t *testing.T, n *Network, url string) (string, error) {
	t.Helper()
	body, _, err := do(t, n, &Request{Method: "GET", URL: url, Whole: -1})
	return body, err
}

func refused(t *testing.T, name string, err error, refused bool, told string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Refused != refused || e.Told != told {
		t.Errorf("%s: %v (%+v)", name, err, e)
	}
}

// A name whose answers change after the first look gains nothing: each connection
// goes to an address that was checked, and the control shows that the same server
// is reached where its address is allowed.
func TestRebinding(t *testing.T) {
	_, port := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
		io.WriteString(w, "inside")
	})
	url := "http://rebind.example:" + port + "/"
	// 198.51.100.1 and 2001:db8::1 are for documentation: refused, not dialled.
	for _, answers := range [][][]string{
		{{"127.0.0.1"}}, {{"::ffff:127.0.0.1"}}, {{"10.0.0.1"}, {"127.0.0.1"}}, {{"::1", "fd00::1", "169.254.169.254"}}, {{"2002:7f00:1::"}, {"64:ff9b::7f00:1"}},
	} {
		r := &names{answers: map[string][][]string{"rebind.example": answers}}
		n := network(t, Config{Allow: []string{"*:" + port, "rebind.example:" + port}, Resolver: r})
		for range 3 {
			_, err := get(t, n, url)
			refused(t, fmt.Sprint(answers), err, true, Lost)
		}
		if len(r.asked) != 3 || r.asked[0] != "rebind.example" {
			t.Errorf("asked %v", r.asked)
		}
	}
	// The first answer is allowed and the second is not: the connection that the
	// first one opened is not kept, so the second request asks anew.
	r := &names{answers: map[string][][]string{"rebind.example": {{"127.0.0.1"}, {"127.0.0.2"}}}}
	n := network(t, Config{Allow: []string{"rebind.example:" + port}, Private: []string{"127.0.0.1/32"}, Resolver: r})
	if body, err := get(t, n, url); body != "inside" {
		t.Fatalf("control: %q %v", body, err)
	}
	_, err := get(t, n, url)
	refused(t, "second", err, true, Lost)
	// Among several addresses those that are allowed are dialled.
	r = &names{answers: map[string][][]string{"rebind.example": {{"169.254.169.254", "127.0.0.1", "10.0.0.1"}}}}
	n = network(t, Config{Allow: []string{"rebind.example:" + port}, Private: []string{"127.0.0.0/8"}, Resolver: r})
	if body, err := get(t, n, url); body != "inside" {
		t.Errorf("several: %q %v", body, err)
	}
	// "*" never leads inside, though a block is open for others.
	r = &names{answers: map[string][][]string{"rebind.example": {{"127.0.0.1"}}}}
	n = network(t, Config{Allow: []string{"*:" + port, "other.example"}, Private: []string{"127.0.0.0/8"}, Resolver: r})
	_, err = get(t, n, url)
	refused(t, "*", err, true, Lost)
	if r.asked[0] != "rebind.example." {
		t.Errorf("a name that the operator did not write is looked up as %q", r.asked[0])
	}
}

// What fails on the way reads the same as what is refused for its address.
func TestUniformErrors(t *testing.T) {
	_, port := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hang-up" {
			c, _, _ := w.(http.Hijacker).Hijack()
			c.Close()
			return
		}
		if r.URL.Path == "/raw" {
			c, _, _ := w.(http.Hijacker).Hijack()
			io.WriteString(c, strings.ReplaceAll(r.URL.Query().Get("say"), "|", "\r\n"))
			c.Close()
		}
	})
	r := &names{answers: map[string][][]string{"private.example": {{"10.0.0.1"}}, "here.example": {{"127.0.0.1"}}, "none.example": {{}}}}
	n := network(t, Config{Allow: []string{"*", "here.example:" + port, "here.example:1"}, Private: []string{"127.0.0.1/32"}, Resolver: r})
	base := "http://here.example:" + port
	raw := func(say string) string { return base + "/raw?say=" + url.QueryEscape(say) }
	for _, tt := range []struct {
		name, url string
		refused   bool
	}{
		{"private", "http://private.example/", true}, {"no such name", "http://nowhere.example/", false}, {"no address", "http://none.example/", true},
		{"nobody listens", "http://here.example:1/", false}, {"hung up", base + "/hang-up", false}, {"metadata", "http://169.254.169.254/", true},
		{"no TLS", "https://here.example:" + port, false},
		{"no HTTP", raw("nonsense"), false}, {"status 99", raw("HTTP/1.1 99 x||"), false}, {"status 600", raw("HTTP/1.1 600 x||"), false},
		{"status 101", raw("HTTP/1.1 101 x|Upgrade: websocket|Connection: upgrade||"), false},
		{"bad field", raw("HTTP/1.1 200 OK|a b: c||"), false}, {"NUL", raw("HTTP/1.1 200 OK|a: b\x00c||"), false}, {"folded", raw("HTTP/1.1 200 OK|a: b|\x01c: d||"), false},
		{"huge", raw("HTTP/1.1 200 OK|a: " + strings.Repeat("x", 300<<10) + "||"), false},
		{"cut", raw("HTTP/1.1 200 OK|Content-Length: 10||half"), false},
		{"two lengths", raw("HTTP/1.1 200 OK|Content-Length: 4|Content-Length: 5||half"), false},
	} {
		_, err := get(t, n, tt.url)
		refused(t, tt.name, err, tt.refused, Lost)
	}
	if body, err := get(t, n, raw("HTTP/1.1 200 OK|Content-Length: 4||half")); body != "half" {
		t.Errorf("control: %q %v", body, err)
	}
	_, err := get(t, n, "http://private.example:81/")
	refused(t, "not listed", err, true, "This worker is not permitted to access private.example:81: the list of allowed hosts does not have it.")
	_, err = get(t, n, "ftp://here.example/")
	refused(t, "scheme", err, true, "Fetch API cannot load: ftp://here.example/")
}

// The fields that an application may not decide about do not leave.
func TestRequestFields(t *testing.T) {
	var got *http.Request
	var body string
	_, port := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got, body = r, string(b)
	})
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	n := network(t, Config{Allow: []string{"127.0.0.1:" + port}, Private: []string{"127.0.0.0/8"}})
	url := "http://127.0.0.1:" + port + "/p%2Fq|r?s"
	h := http.Header{"Host": {"evil"}, "Connection": {"x-gone, close"}, "X-Gone": {"1"}, "Keep-Alive": {"1"}, "Te": {"trailers"}, "Trailer": {"x"},
		"Transfer-Encoding": {"gzip"}, "Upgrade": {"h2c"}, "Proxy-Authorization": {"x"}, "Content-Length": {"99"}, "Http2-Settings": {"x"},
		"Accept-Encoding": {"br, gzip;q=0.5", "zstd"}, "Cookie": {"a=b"}, "Authorization": {"mine"}, "X-Forwarded-For": {"1.2.3.4"}, "X-Latin": {"\xe9"}}
	if _, _, err := do(t, n, &Request{Method: "POST", URL: url, Header: h, Body: strings.NewReader("abc"), Whole: 3}); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"Accept-Encoding": "gzip;q=0.5", "Cookie": "a=b", "Authorization": "mine", "X-Forwarded-For": "1.2.3.4", "X-Latin": "\xe9", "Content-Length": "3"}
	for name := range got.Header {
		if got.Header.Get(name) != want[name] {
			t.Errorf("%s: %q", name, got.Header[name])
		}
		delete(want, name)
	}
	if len(want) > 0 || got.Host != "127.0.0.1:"+port || body != "abc" || got.RequestURI != "/p%2Fq|r?s" {
		t.Errorf("missing %v; host %s body %q uri %s", want, got.Host, body, got.RequestURI)
	}
	for _, tt := range []struct {
		name   string
		r      Request
		length int64
		body   string
	}{
		{"none", Request{Method: "GET", Whole: -1}, 0, ""},
		{"streams", Request{Method: "PUT", Body: strings.NewReader("xy"), Whole: -1}, -1, "xy"},
		{"announced", Request{Method: "PUT", Body: strings.NewReader("xyz"), Whole: -1, Header: http.Header{"Content-Length": {"3"}}}, 3, "xyz"},
		{"empty", Request{Method: "POST", Body: strings.NewReader(""), Whole: 0}, 0, ""},
	} {
		tt.r.URL = url
		if _, _, err := do(t, n, &tt.r); err != nil || got.ContentLength != tt.length || body != tt.body {
			t.Errorf("%s: %v, length %d, %q", tt.name, err, got.ContentLength, body)
		}
	}
	if _, _, err := do(t, n, &Request{Method: "PUT", URL: url, Body: strings.NewReader("xyz"), Whole: -1, Header: http.Header{"Content-Length": {"5"}}}); err == nil {
		t.Error("a body shorter than announced was sent")
	}
	for _, method := range []string{"CONNECT", "A B", "", "G\r\nX"} {
		if _, _, err := do(t, n, &Request{Method: method, URL: url, Whole: -1}); err == nil {
			t.Errorf("method %q", method)
		}
	}
}

func TestAnswers(t *testing.T) {
	packed := func(w http.ResponseWriter, s string) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		io.WriteString(z, s)
		z.Close()
	}
	_, port := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/gzip":
			packed(w, "plain text")
		case "/bomb":
			packed(w, strings.Repeat("0", 8<<20))
		case "/not-gzip":
			w.Header().Set("Content-Encoding", "gzip")
			io.WriteString(w, "no gzip at all")
		case "/cut-gzip":
			w.Header().Set("Content-Encoding", "gzip")
			w.Write([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 1, 2})
		case "/br":
			w.Header().Set("Content-Encoding", "br")
			io.WriteString(w, "as it is")
		case "/204":
			w.WriteHeader(204)
		case "/redirect":
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
		case "/hop":
			w.Header().Set("Connection", "x-hop")
			w.Header().Set("X-Hop", "1")
			w.Header().Set("Keep-Alive", "x")
			w.Header().Set("X-Ok", "1")
		}
	})
	n := network(t, Config{Allow: []string{"127.0.0.1:" + port}, Private: []string{"127.0.0.0/8"}})
	at := func(method, path string) (string, *Response, error) {
		return do(t, n, &Request{Method: method, URL: "http://127.0.0.1:" + port + path, Whole: -1})
	}
	if body, r, err := at("GET", "/gzip"); body != "plain text" || r.Header.Get("Content-Encoding")+r.Header.Get("Content-Length") != "" {
		t.Errorf("gzip: %q %v %v", body, r, err)
	}
	if body, r, err := at("HEAD", "/gzip"); err != nil || body != "" || r.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("HEAD: %v %v", r, err)
	}
	if body, _, err := at("GET", "/bomb"); err != nil || len(body) != 8<<20 {
		t.Errorf("bomb: %d %v", len(body), err)
	}
	for _, path := range []string{"/not-gzip", "/cut-gzip"} {
		_, _, err := at("GET", path)
		refused(t, path, err, false, "Gzip decompression failed.")
	}
	if body, r, err := at("GET", "/br"); body != "as it is" || r.Header.Get("Content-Encoding") != "br" {
		t.Errorf("br: %q %v %v", body, r, err)
	}
	if _, r, err := at("GET", "/204"); err != nil || r.Body != nil || r.Status != 204 || r.Text != "No Content" {
		t.Errorf("204: %+v %v", r, err)
	}
	if _, r, err := at("GET", "/redirect"); err != nil || r.Status != 302 || r.Header.Get("Location") != "http://169.254.169.254/" {
		t.Errorf("a redirect is followed: %+v %v", r, err)
	}
	if _, r, err := at("GET", "/hop"); err != nil || r.Header.Get("X-Ok") != "1" || r.Header.Get("X-Hop")+r.Header.Get("Connection")+r.Header.Get("Keep-Alive") != "" {
		t.Errorf("hop: %+v %v", r, err)
	}
	for range share {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		if _, err := n.slots.Acquire(ctx, nil); err != nil {
			t.Fatal("a slot is lost")
		}
		cancel()
	}
}

// TLS is verified, and HTTP/2 spoken.
func TestTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto+" "+r.Host) }))
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	port := s.URL[strings.LastIndexByte(s.URL, ':')+1:]
	r := &names{answers: map[string][][]string{"example.com": {{"127.0.0.1"}}, "other.example": {{"127.0.0.1"}}}}
	c := Config{Allow: []string{"example.com:" + port, "other.example:" + port}, Private: []string{"127.0.0.0/8"}, Resolver: r}
	_, err := get(t, network(t, c), "https://example.com:"+port+"/")
	refused(t, "unknown authority", err, false, Lost)
	c.Roots = x509.NewCertPool()
	c.Roots.AddCert(s.Certificate())
	n := network(t, c)
	if body, err := get(t, n, "https://example.com:"+port+"/"); body != "HTTP/2.0 example.com:"+port {
		t.Errorf("control: %q %v", body, err)
	}
	_, err = get(t, n, "https://other.example:"+port+"/")
	refused(t, "another name", err, false, Lost)
}

// Both bodies stream, and a caller who goes away ends the request.
func TestStreams(t *testing.T) {
	arrived := make(chan string, 1)
	gone := make(chan struct{})
	_, port := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).EnableFullDuplex()
		p := make([]byte, 5)
		io.ReadFull(r.Body, p)
		arrived <- string(p)
		io.WriteString(w, "early")
		w.(http.Flusher).Flush()
		io.Copy(io.Discard, r.Body) // until the connection ends
		close(gone)
	})
	n := network(t, Config{Allow: []string{"127.0.0.1:" + port}, Private: []string{"127.0.0.0/8"}})
	ctx, cancel := context.WithCancelCause(t.Context())
	from, to := io.Pipe()
	defer to.Close()
	go to.Write([]byte("first"))
	resp, err := n.Do(ctx, &Request{Method: "POST", URL: "http://127.0.0.1:" + port, Header: http.Header{}, Body: from, Whole: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Close()
	p := make([]byte, 5)
	if _, err := io.ReadFull(resp.Body, p); err != nil || string(p) != "early" || <-arrived != "first" {
		t.Fatalf("%q %v", p, err)
	}
	why := errors.New("went away")
	cancel(why)
	if _, err := io.ReadAll(resp.Body); !errors.Is(err, why) {
		t.Errorf("after the end: %v", err)
	}
	select {
	case <-gone:
	case <-time.After(patience):
		t.Error("the server does not learn of it")
	}
	from.CloseWithError(why)
}

// Requests beyond the limit wait, as long as their callers do.
func TestConcurrent(t *testing.T) {
	_, port := serve(t, func(http.ResponseWriter, *http.Request) {})
	n := network(t, Config{Allow: []string{"127.0.0.1:" + port}, Private: []string{"127.0.0.0/8"}})
	n.slots = fair.New(1, 1)
	release, _ := n.slots.Acquire(t.Context(), nil)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	r := &Request{Method: "GET", URL: "http://127.0.0.1:" + port, Header: http.Header{}, Whole: -1}
	if _, err := n.Do(ctx, r); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	release()
	if _, err := get(t, n, r.URL); err != nil {
		t.Errorf("control: %v", err)
	}
}
