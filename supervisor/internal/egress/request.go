package egress

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// Request is what an application asks for.
type Request struct {
	Method string
	URL    string
	// Header has canonical names; it is changed.
	Header http.Header
	// Body is nil for none. It is read on a goroutine of its own, also after Do
	// has returned, and not closed.
	Body io.Reader
	// Whole is how many bytes Body has; negative where it streams.
	Whole int64
	// Key tells whose request it is: each has a share of those under way. Comparable.
	Key any
	// Within tells whose of the key it is: of WebSockets, which last, each has a share of
	// what the key has. Comparable.
	Within any
}

// hop are fields that are about one connection (RFC 9110, section 7.6.1), or
// about a proxy of ours that does not exist.
var hop = []string{
	"Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Trailer",
	"Transfer-Encoding", "Upgrade", "Http2-Settings",
}

// build makes the request for the transport.
func (r *Request) build(ctx context.Context) (*http.Request, destination, error) {
	u, dest, err := parseURL(r.URL)
	if err != nil {
		return nil, dest, err
	}
	if !httpguts.ValidHeaderFieldName(r.Method) || r.Method == http.MethodConnect {
		return nil, dest, badURL(r.URL, "the method "+strconv.Quote(r.Method[:min(len(r.Method), 40)]))
	}
	length := r.Whole
	if n, err := strconv.ParseInt(r.Header.Get("Content-Length"), 10, 64); length < 0 && err == nil && n >= 0 {
		length = n // a body that streams, of a length that the transport holds it to
	}
	dropHop(r.Header)
	r.Header.Del("Host")
	r.Header.Del("Content-Length")
	if _, ok := r.Header["User-Agent"]; !ok {
		r.Header["User-Agent"] = []string{""} // none, rather than the library's
	}
	acceptKnown(r.Header)
	req := (&http.Request{Method: r.Method, URL: u, Host: u.Host, Header: r.Header, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}).WithContext(ctx)
	if r.Body != nil {
		req.Body = io.NopCloser(r.Body)
		if req.ContentLength = length; length == 0 {
			req.Body = http.NoBody
		}
	}
	return req, dest, nil
}

// dropHop removes the fields that are about one connection.
func dropHop(h http.Header) {
	for _, list := range h["Connection"] {
		for name := range strings.SplitSeq(list, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range hop {
		h.Del(name)
	}
}

// acceptKnown takes encodings out of Accept-Encoding that are not decoded here: the
// application would be given what it cannot read.
func acceptKnown(h http.Header) {
	given := h["Accept-Encoding"]
	if given == nil {
		return
	}
	h.Del("Accept-Encoding")
	for _, list := range given {
		for item := range strings.SplitSeq(list, ",") {
			name, _, _ := strings.Cut(item, ";")
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "gzip", "identity":
				h.Add("Accept-Encoding", strings.TrimSpace(item))
			}
		}
	}
	if values := h["Accept-Encoding"]; len(values) > 1 {
		h.Set("Accept-Encoding", strings.Join(values, ", "))
	}
}
