package testpeer

import "strings"

// webAnswers are answers, by path, that try to reach beyond themselves once they
// are HTTP.
var webAnswers = map[string]struct {
	status  uint32
	body    string
	headers []string
}{
	"web-100": {100, "", nil},
	"web-103": {103, "", []string{"link", "</x>; rel=preload"}},
	"web-199": {199, "", nil},
	"web-600": {600, "x", nil},
	// A length of its own, and bodies where there can be none.
	"web-two-lengths": {200, inner, []string{"content-length", "1", "Content-Length", "99"}},
	"web-length-list": {200, inner, []string{"content-length", "1, 99"}},
	"web-length-plus": {200, inner, []string{"content-length", "+1"}},
	"web-length-zero": {200, inner, []string{"content-length", "0", "transfer-encoding", "chunked"}},
	"web-te":          {200, "0\r\n\r\n" + inner, []string{"transfer-encoding", "chunked", "Transfer-Encoding", "identity, chunked"}},
	"web-te-named":    {200, "0\r\n\r\n" + inner, []string{"connection", "content-length, transfer-encoding", "transfer-encoding", "\x0bchunked"}},
	"web-204":         {204, inner, []string{"content-length", "50"}},
	"web-304":         {304, inner, []string{"content-length", "50"}},
	"web-upgrade":     {200, inner, []string{"connection", "upgrade", "upgrade", "websocket"}},
	"web-trailer":     {200, inner, []string{"trailer", "content-length", "te", "trailers"}},
	"web-fold":        {200, "x", []string{"x-a", "b\r\n\tfolded"}},
	"web-nul":         {200, "x", []string{"x-a\r\nset-cookie: a=b", "c"}},
	"web-unicode":     {200, "x", []string{"x-\u212a", "c"}},
	"web-privileged":  {200, "x", Privileged},
	// Ten thousand fields, and one of a megabyte.
	"web-many": {200, "x", strings.Split(strings.Repeat("a|b|", 9999)+"c|d", "|")},
	"web-big":  {200, "x", []string{"a", strings.Repeat("v", 1<<20)}},
}

// inner is an answer within an answer: who is misled about where a body ends takes
// it for that of the next request.
const inner = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nowned"

// Privileged are response fields, and cookies, that reach beyond the application
// that sets them: names and values by turns.
var Privileged = []string{
	"set-cookie", "a=1; Domain=example.com", "set-cookie", "b=2; path=/; DOMAIN =.example", "set-cookie", "own=3; Path=/",
	"strict-transport-security", "max-age=1", "clear-site-data", "\"*\"", "service-worker-allowed", "/", "x-accel-redirect", "/etc/passwd",
	"X-ACCEL-BUFFERING", "no", "x-sendfile", "/etc/passwd", "x-lighttpd-send-file", "/etc/passwd", "x-litespeed-location", "/etc/passwd",
	"alt-svc", "h2=\":1\"", "server", "evil", "x-facet-id", "7", "nel", "{}", "report-to", "{}", "proxy-authenticate", "Basic", "keep-alive", "timeout=9",
}
