package gateway

import (
	"errors"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

// Reasons not to forward a request, each with its status code.
var (
	errHost    = errors.New("the Host field is not a host name with an optional port")
	errTarget  = errors.New("the request target is not a path")
	errMethod  = errors.New("the method is not one that fetch() can carry")
	errHeaders = errors.New("the header fields are larger than the limit allows")
)

// incomingHead makes the head for a request that came over the network.
func (o *Options) incomingHead(r *http.Request) (*facetv1.RequestHead, error) {
	if !ValidHost(r.Host) {
		return nil, errHost
	}
	trusted := o.TrustForwarded != nil && o.TrustForwarded(r)
	scheme := "http://"
	if r.TLS != nil || trusted && lastValue(r.Header, "X-Forwarded-Proto") == "https" {
		scheme = "https://"
	}
	target, err := requestTarget(r)
	if err != nil {
		return nil, err
	}
	head := &facetv1.RequestHead{Method: r.Method, Url: scheme + r.Host + target}
	if head.WebSocket, err = asksForSocket(r); err != nil {
		return nil, err
	}
	return head, o.fill(head, r, r.Host, trusted)
}

// outgoingHead makes the head for a request that the supervisor's own code
// makes: the URL is absolute (fact F12) and all fields but those of a
// connection are passed on.
func (o *Options) outgoingHead(r *http.Request) (*facetv1.RequestHead, error) {
	if r.URL == nil {
		return nil, errors.New("TypeError: Invalid URL: a request without one")
	}
	if r.URL.Host == "" || r.URL.Scheme != "http" && r.URL.Scheme != "https" {
		return nil, errors.New("TypeError: Invalid URL: " + r.URL.String())
	}
	u := *r.URL
	u.Fragment, u.RawFragment, u.User = "", "", nil
	if !ValidHost(u.Host) {
		return nil, errHost
	}
	host := r.Host
	if host == "" {
		host = u.Host
	}
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	head := &facetv1.RequestHead{Method: method, Url: u.String()}
	return head, o.fill(head, r, host, true)
}

// fill adds the header fields and what is known about the body.
func (o *Options) fill(head *facetv1.RequestHead, r *http.Request, host string, trusted bool) error {
	switch head.Method {
	case http.MethodConnect, http.MethodTrace, "TRACK":
		return errMethod
	}
	named := connectionOptions(r.Header)
	b := wire.AppendHeader(make([]byte, 0, 512), "host", host)
	entries := 1
	if head.WebSocket { // the application may look, as on the peer
		b = wire.AppendHeader(wire.AppendHeader(b, "connection", "Upgrade"), "upgrade", "websocket")
		entries += 2
	}
	for name, values := range r.Header {
		if hopByHop[name] || named[name] || name == "Expect" || name == "Host" || !trusted && forwarded(name) {
			continue
		}
		for _, v := range values {
			b = wire.AppendHeader(b, name, v)
			entries++
		}
	}
	head.HasBody = r.Body != nil && r.Body != http.NoBody && r.ContentLength != 0
	head.End = !head.HasBody
	if head.HasBody && r.ContentLength > 0 {
		b = wire.AppendHeader(b, "content-length", strconv.FormatInt(r.ContentLength, 10))
	}
	if len(b)+len(head.Url) > o.HeaderBytes || entries > o.HeaderEntries {
		return errHeaders
	}
	head.Headers = b
	return nil
}

// requestTarget returns path and query. The path stays as it was escaped: what
// %2f means is the application's business.
func requestTarget(r *http.Request) (string, error) {
	path := r.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	if path[0] != '/' { // "*", or an opaque target
		return "", errTarget
	}
	if r.URL.RawQuery != "" {
		path += "?" + r.URL.RawQuery
	}
	return path, nil
}

// ValidHost reports whether a Host field is a host name or address with an
// optional port: nothing that could move the boundary of the host in a URL.
func ValidHost(host string) bool {
	if host == "" || len(host) > 255 {
		return false
	}
	for i := range len(host) {
		switch c := host[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
			c == '.', c == '-', c == '_', c == ':', c == '[', c == ']':
		default:
			return false
		}
	}
	name, port := host, ""
	if end := strings.IndexByte(host, ']'); end >= 0 {
		addr, err := netip.ParseAddr(strings.TrimPrefix(host[:end], "["))
		if err != nil || !addr.Is6() || host[0] != '[' {
			return false
		}
		name, port = host[:end], host[end+1:]
	} else if colon := strings.IndexByte(host, ':'); colon >= 0 {
		name, port = host[:colon], host[colon:]
	}
	return name != "" && (name[0] == '[' || !strings.ContainsRune(name, '[')) && validPort(port)
}

// validPort takes a colon and a port, or nothing.
func validPort(port string) bool {
	if port == "" {
		return true
	}
	n, err := strconv.ParseUint(port[1:], 10, 16)
	return port[0] == ':' && err == nil && n > 0
}

// lastValue returns the last element of a list field: the one that the nearest
// proxy added.
func lastValue(h http.Header, name string) string {
	values := h[name]
	if len(values) == 0 {
		return ""
	}
	last := values[len(values)-1]
	if i := strings.LastIndexByte(last, ','); i >= 0 {
		last = last[i+1:]
	}
	return strings.TrimSpace(last)
}
