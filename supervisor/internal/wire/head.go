package wire

import (
	"bytes"
	"net/http"
	"net/textproto"
	"strings"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
	"golang.org/x/net/http/httpguts"
)

// Head is a checked response head.
type Head struct {
	// Status is 200 to 599, or 101 for a WebSocket.
	Status int
	// Text and Fields are status text and header fields as the runner sent them,
	// checked, for a caller that is a runner, too.
	Text   string
	Fields []byte
}

// parseHead checks a response head. A ViolationError means that no application
// can have made it, since the runtime's own checks forbid it; any other error is
// the application's.
func parseHead(r *facetv1.ResponseHead, maxBytes, maxEntries int) (*Head, error) {
	if r.WebSocket != (r.Status == 101) || r.Status != 101 && (r.Status < 200 || r.Status > 599) {
		return nil, violation("response status %d", r.Status)
	}
	if !httpguts.ValidHeaderFieldValue(r.StatusText) {
		return nil, violation("control characters in a status text")
	}
	if len(r.StatusText)+len(r.Headers) > maxBytes { // a caller that does not read has both in its queue
		return nil, fault.ErrResponseTooLarge
	}
	if err := checkHeaders(r.Headers, maxEntries); err != nil {
		return nil, err
	}
	return &Head{Status: int(r.Status), Text: r.StatusText, Fields: r.Headers}, nil
}

// Header makes the fields anew: canonical names, and values without control
// characters, in the order of the runner. Hop-by-hop fields are still in it.
func (h *Head) Header() http.Header {
	header, err := parseHeaders(h.Fields, len(h.Fields))
	if err != nil {
		panic(err) // they were checked
	}
	return header
}

// checkHeaders finds what parseHeaders would, for who passes the fields on.
func checkHeaders(b []byte, maxEntries int) error {
	return eachHeader(b, maxEntries, func(string, string) {})
}

// parseHeaders parses "name NUL value NUL …". Field values stay Latin-1 bytes,
// which is what net/http writes (RFC 9110 section 5.5).
func parseHeaders(b []byte, maxEntries int) (http.Header, error) {
	entries := bytes.Count(b, []byte{0}) / 2
	if entries > maxEntries {
		return nil, fault.ErrResponseTooLarge
	}
	h := make(http.Header, entries)
	// One backing array for all values.
	values := make([]string, 0, entries)
	err := eachHeader(b, maxEntries, func(name, value string) {
		key := textproto.CanonicalMIMEHeaderKey(name)
		value = strings.Trim(value, " \t")
		if old, ok := h[key]; ok {
			h[key] = append(old, value)
			return
		}
		values = append(values, value)
		h[key] = values[len(values)-1 : len(values) : len(values)]
	})
	if err != nil {
		return nil, err
	}
	return h, nil
}

// eachHeader checks the fields and shows each one.
func eachHeader(b []byte, maxEntries int, field func(name, value string)) error {
	entries := bytes.Count(b, []byte{0})
	if entries%2 != 0 || len(b) > 0 && b[len(b)-1] != 0 {
		return violation("headers are not pairs of terminated strings")
	}
	if entries/2 > maxEntries {
		return fault.ErrResponseTooLarge
	}
	s := string(b)
	for s != "" {
		name, rest, _ := strings.Cut(s, "\x00")
		value, rest, _ := strings.Cut(rest, "\x00")
		s = rest
		if !httpguts.ValidHeaderFieldName(name) {
			return violation("header name %q", bounded(name, 100))
		}
		if !httpguts.ValidHeaderFieldValue(value) {
			return violation("control characters in header %q", name)
		}
		field(name, value)
	}
	return nil
}

// AppendHeader flattens one field in the form that a request head carries.
func AppendHeader(b []byte, name, value string) []byte {
	b = append(b, name...)
	b = append(b, 0)
	b = append(b, value...)
	return append(b, 0)
}
