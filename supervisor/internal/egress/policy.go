package egress

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// policy says which hosts may be asked, and which special addresses they may have.
type policy struct {
	rules   []rule
	private []netip.Prefix
}

// parsePolicy reads the rules and the blocks of addresses, in CIDR notation, that
// may be dialled though they are not public.
func parsePolicy(allow, private []string) (policy, error) {
	var p policy
	for _, text := range private {
		block, err := netip.ParsePrefix(text)
		if err != nil {
			return p, fmt.Errorf("outbound addresses %.100q: write a block such as 10.0.0.0/8 or fd00::/8", text)
		}
		if block.Addr().Is4In6() {
			return p, fmt.Errorf("outbound addresses %.100q: write the block in its IPv4 form", text)
		}
		p.private = append(p.private, block.Masked())
	}
	for _, text := range allow {
		r, err := parseRule(text)
		if err != nil {
			return p, err
		}
		if r.addr.IsValid() && p.check(r.addr, true) != "" {
			return p, fmt.Errorf("outbound %.100q: %s; to allow it name its block, too, such as --outbound-private %s", text, p.check(r.addr, true),
				netip.PrefixFrom(r.addr, r.addr.BitLen()))
		}
		p.rules = append(p.rules, r)
	}
	return p, nil
}

// admission is what a rule says about a host.
type admission int

const (
	denied   admission = iota
	admitted           // by "*": public addresses only
	named              // the operator wrote its name, or that of a domain above
	verbatim           // the operator wrote exactly this name
)

// admit finds the rule that says most about a host.
func (p *policy) admit(host string, addr netip.Addr, port uint16) admission {
	best := denied
	for _, r := range p.rules {
		if r.port != port && (r.port != 0 || !slices.Contains(defaultPorts, port)) {
			continue
		}
		switch {
		case addr.IsValid() && r.addr == addr:
			best = max(best, verbatim)
		case !addr.IsValid() && r.host != "" && r.host == host:
			best = max(best, verbatim)
		case !addr.IsValid() && r.suffix != "" && strings.HasSuffix(host, r.suffix):
			best = max(best, named)
		case r.any:
			best = max(best, admitted)
		}
	}
	return best
}

// check returns why an address is not dialled; "" where it is. Blocks that the
// operator opened count for hosts that the operator named.
func (p *policy) check(addr netip.Addr, named bool) string {
	if addr.Zone() != "" {
		return "an address with a zone"
	}
	addr = addr.Unmap()
	if named {
		for _, block := range p.private {
			if block.Contains(addr) {
				return ""
			}
		}
	}
	if block, special := specialBlock(addr); special {
		return "an address in " + block
	}
	return ""
}
