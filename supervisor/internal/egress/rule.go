package egress

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// defaultPorts are those of a rule that names none.
var defaultPorts = []uint16{80, 443}

// rule is one entry of the list of hosts.
type rule struct {
	any    bool       // every host with a public address
	suffix string     // ".example.com": the hosts below it
	host   string     // this host
	addr   netip.Addr // this address
	port   uint16     // 0: the default ports
}

// parseRule reads "host", "host:port", "*.example.com", "*", each with or
// without a port, an IPv4 address, or an IPv6 address in brackets.
func parseRule(text string) (rule, error) {
	var r rule
	wrong := func(why string) (rule, error) {
		return rule{}, fmt.Errorf("outbound %.100q: %s; write host, host:port, *.example.com, * or [address]:port", text, why)
	}
	host, port := text, ""
	if at := strings.LastIndexByte(text, ':'); at >= 0 && !strings.HasSuffix(text, "]") {
		if host, port = text[:at], text[at+1:]; strings.Contains(host, ":") && !strings.HasPrefix(host, "[") {
			return wrong("an IPv6 address stands in brackets")
		}
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 || port[0] == '0' || port[0] == '+' {
			return wrong("the port is a number from 1 to 65535")
		}
		r.port = uint16(n)
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		addr, err := netip.ParseAddr(inner)
		if !ok || err != nil || !addr.Is6() || addr.Zone() != "" {
			return wrong("what stands in brackets is an IPv6 address without a zone")
		}
		r.addr = addr.Unmap()
		return r, nil
	}
	if host == "*" {
		r.any = true
		return r, nil
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		r.addr = addr
		return r, nil
	}
	name, below := strings.CutPrefix(host, "*.")
	name, err := asciiHost(name)
	if err != nil {
		return wrong(err.Error())
	}
	if below {
		r.suffix = "." + name
	} else {
		r.host = name
	}
	return r, nil
}

// asciiHost makes a host's name as an operator writes it what URLs have.
func asciiHost(name string) (string, error) {
	ascii, err := idna.Lookup.ToASCII(strings.TrimSuffix(name, "."))
	if err != nil {
		ascii = strings.ToLower(strings.TrimSuffix(name, ".")) // an underscore, or no name at all
	}
	if !isHost(ascii) {
		return "", fmt.Errorf("%.100q is no host name", name)
	}
	return ascii, nil
}

// isHost reports whether a text is a host's name in lower case: labels of
// letters, digits, "-" and "_". A name that ends in a number is none: URLs take
// it for an IPv4 address (URL standard, section 3.5).
func isHost(s string) bool {
	if len(s) == 0 || len(s) > 253 {
		return false
	}
	var last string
	for label := range strings.SplitSeq(s, ".") {
		if len(label) == 0 || len(label) > 63 {
			return false
		}
		for _, c := range []byte(label) {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return false
			}
		}
		last = label
	}
	return last[0] < '0' || last[0] > '9'
}
