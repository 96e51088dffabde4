package egress

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// destination is the host and port of a request.
type destination struct {
	host string     // in lower case, without a final dot; empty for an address
	addr netip.Addr // of a host that is an address
	port uint16
}

// String is the host and port as a rule has them.
func (d destination) String() string {
	host := d.host
	if d.addr.IsValid() {
		host = d.addr.String()
	}
	return net.JoinHostPort(host, strconv.Itoa(int(d.port)))
}

// splitHost reads "host:port".
func splitHost(address string) (destination, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return destination{}, badURL(address, "no host and port")
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return destination{}, badURL(address, "a port from 1 to 65535")
	}
	d := destination{port: uint16(n)}
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr.Zone() != "" {
			return destination{}, badURL(address, "an address with a zone")
		}
		d.addr = addr.Unmap()
		return d, nil
	}
	d.host = strings.TrimSuffix(strings.ToLower(host), ".")
	if !isHost(d.host) {
		return destination{}, badURL(address, "no host name")
	}
	return d, nil
}

// parseURL reads the URL of a request. The runtime parses what applications write
// as the URL standard says; here only its plain results pass.
func parseURL(text string) (*url.URL, destination, error) {
	for _, c := range []byte(text) {
		if c <= ' ' || c >= 0x7f {
			return nil, destination{}, badURL(text, "a character that URLs do not have")
		}
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, destination{}, badURL(text, "no URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, destination{}, badURL(text, "a scheme other than http and https")
	case u.User != nil:
		return nil, destination{}, badURL(text, "a name or password in the URL")
	case u.Opaque != "" || u.Host == "":
		return nil, destination{}, badURL(text, "no host")
	}
	port := u.Port()
	if port == "" {
		if strings.HasSuffix(u.Host, ":") {
			return nil, destination{}, badURL(text, "an empty port")
		}
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	d, err := splitHost(net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return nil, destination{}, badURL(text, err.(*Error).Reason)
	}
	u.Host = d.String()
	if u.Scheme == "http" && d.port == 80 || u.Scheme == "https" && d.port == 443 {
		u.Host = u.Host[:strings.LastIndexByte(u.Host, ':')] // as it stands in the field Host
	}
	u.Fragment, u.RawFragment = "", ""
	asWritten(u, text)
	return u, d, nil
}

// asWritten has the path sent as it was written: what the URL standard leaves as it
// is, and net/url would encode, may be part of what somebody signed.
func asWritten(u *url.URL, text string) {
	_, rest, _ := strings.Cut(text, "://")
	rest, _, _ = strings.Cut(rest, "#")
	rest, _, _ = strings.Cut(rest, "?")
	if at := strings.IndexByte(rest, '/'); at >= 0 && !strings.HasPrefix(rest[at:], "//") {
		u.Opaque = rest[at:]
	}
}
