package gateway

import (
	"net/http"
	"net/textproto"
	"strings"
)

// hopByHop are the fields of one connection (RFC 9110 section 7.6.1, and those
// that older agents use), plus what describes the framing of a message.
var hopByHop = map[string]bool{
	"Connection": true, "Keep-Alive": true, "Proxy-Connection": true, "Proxy-Authenticate": true,
	"Proxy-Authorization": true, "Te": true, "Trailer": true, "Transfer-Encoding": true, "Upgrade": true,
	"Content-Length": true,
}

// siteHeaders are response fields that reach beyond the application that sets
// them: they configure the whole origin, the browser's view of the host, or the
// proxy in front. They are dropped unless Options.AllowSiteHeaders is set.
var siteHeaders = map[string]bool{
	"Alt-Svc": true, "Clear-Site-Data": true, "Expect-Ct": true, "Nel": true, "Origin-Agent-Cluster": true,
	"Public-Key-Pins": true, "Report-To": true, "Reporting-Endpoints": true, "Server": true,
	"Service-Worker-Allowed": true, "Strict-Transport-Security": true,
}

// proxyCommand reports whether a response field is an order to a reverse proxy
// (nginx, lighttpd, Apache, LiteSpeed), such as to send a file. They are always
// dropped, and so are those that only the daemon may speak for.
func proxyCommand(name string) bool {
	return strings.HasPrefix(name, "X-Accel-") || name == "X-Sendfile" || name == "X-Lighttpd-Send-File" ||
		strings.HasPrefix(name, "X-Litespeed-") || strings.HasPrefix(name, "X-Facet-")
}

// fromFields are request fields with which proxies say where a request came from.
// Those of Cloudflare applications believe without a question: there, no client can
// set them.
var fromFields = map[string]bool{
	"Forwarded": true, "X-Real-Ip": true, "X-Client-Ip": true, "X-Cluster-Client-Ip": true, "True-Client-Ip": true,
	"Cf-Connecting-Ip": true, "Cf-Connecting-Ipv6": true, "Cf-Pseudo-Ipv4": true, "Cf-Ipcountry": true, "Cf-Visitor": true,
	"Cf-Worker": true, "Cf-Ray": true,
}

// forwarded reports whether a request field says where a request came from,
// which only a trusted proxy may.
func forwarded(name string) bool {
	return fromFields[name] || strings.HasPrefix(name, "X-Forwarded-") || strings.HasPrefix(name, "X-Facet-")
}

// connectionOptions returns the fields that Connection names, which go with it.
func connectionOptions(h http.Header) map[string]bool {
	values := h["Connection"]
	if len(values) == 0 {
		return nil
	}
	named := make(map[string]bool)
	for _, v := range values {
		for option := range strings.SplitSeq(v, ",") {
			named[textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(option))] = true
		}
	}
	return named
}
