package gateway_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/facetd/facetd/supervisor/internal/gateway"
	"github.com/facetd/facetd/supervisor/internal/testpeer"
)

// Attack 84: whatever an answer says about its own length, the next answer on the
// same connection begins where the client expects it.
func TestSmuggling(t *testing.T) {
	for path, status := range map[string]int{
		"/web-two-lengths": 200, "/web-length-list": 200, "/web-length-plus": 200, "/web-length-zero": 200, "/web-te": 200, "/web-te-named": 502,
		"/web-204": 204, "/web-304": 304, "/web-upgrade": 200, "/web-trailer": 200, "/smuggle": 200,
		"/web-100": 502, "/web-103": 502, "/web-199": 502, "/web-600": 502, "/web-fold": 502, "/web-nul": 502, "/web-unicode": 502,
	} {
		for _, method := range []string{"GET", "HEAD"} {
			t.Run(method+path, func(t *testing.T) {
				s := facet(t, &gateway.Options{})
				conn, err := net.Dial("tcp", s.Listener.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(time.Minute))
				io.WriteString(conn, method+" "+path+" HTTP/1.1\r\nHost: a\r\n\r\nGET /nothing HTTP/1.1\r\nHost: a\r\n\r\n")
				r := bufio.NewReader(conn)
				first := read(t, r, method)
				if first.StatusCode != status || len(first.TransferEncoding) > 0 || len(first.Trailer) > 0 || first.Header.Get("Upgrade") != "" || len(first.Header["Content-Length"]) > 1 {
					t.Errorf("%d %v", first.StatusCode, first.Header)
				}
				// An instance that broke the protocol is gone; so is what it said.
				want := map[bool]int{true: 502, false: 200}[status == 502]
				if second := read(t, r, "GET"); second.StatusCode != want {
					t.Errorf("the next answer: %d %v", second.StatusCode, second.Header)
				}
				if n := r.Buffered(); n > 0 {
					t.Errorf("%d bytes that nobody asked for", n)
				}
			})
		}
	}
}

func read(t *testing.T, r *bufio.Reader, method string) *http.Response {
	t.Helper()
	resp, err := http.ReadResponse(r, &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err != nil || string(b) == "owned" {
		t.Errorf("%q %v", b, err)
	}
	return resp
}

// Attack 85: none of the fields that reach beyond the application comes through;
// with the operator's word those for browsers do, and orders to a proxy never.
func TestPrivilegedFields(t *testing.T) {
	for _, allow := range []bool{false, true} {
		resp, _ := raw(t, facet(t, &gateway.Options{AllowSiteHeaders: allow}), "GET /web-privileged HTTP/1.1\r\nHost: a\r\n\r\n")
		if resp.StatusCode != 200 {
			t.Fatal(resp.Status)
		}
		for i := 0; i < len(testpeer.Privileged); i += 2 {
			name, value := testpeer.Privileged[i], testpeer.Privileged[i+1]
			browser := slices.Contains([]string{"set-cookie", "strict-transport-security", "clear-site-data", "service-worker-allowed", "alt-svc", "server", "nel", "report-to"}, name)
			want := strings.HasPrefix(value, "own=") || allow && browser
			if got := slices.Contains(resp.Header.Values(name), value); got != want {
				t.Errorf("allowed %v: %s: %s came through: %v, want %v", allow, name, value, got, want)
			}
		}
	}
}

// Attack 86: ten thousand fields, and one of a megabyte, are that call's failure.
func TestManyFields(t *testing.T) {
	s := facet(t, &gateway.Options{})
	for _, path := range []string{"/web-many", "/web-big"} {
		resp, body := raw(t, s, "GET "+path+" HTTP/1.1\r\nHost: a\r\n\r\n")
		if resp.StatusCode != 502 || body != "Bad Gateway" || len(resp.Header) > 10 {
			t.Errorf("%s: %d %q, %d fields", path, resp.StatusCode, body, len(resp.Header))
		}
	}
	if _, body := raw(t, s, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); body != "hello" {
		t.Errorf("afterwards: %q", body)
	}
}
