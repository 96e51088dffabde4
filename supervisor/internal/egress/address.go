package egress

import "net/netip"

// special are the blocks of the IANA special-purpose address registries (RFC
// 6890 and what came after), of multicast, and those that RFCs reserve. Loopback,
// private and link-local networks, among them the metadata services of clouds at
// 169.254.169.254, stand here.
var special = blocks(
	"0.0.0.0/8",         // "this network", RFC 791
	"10.0.0.0/8",        // private, RFC 1918
	"100.64.0.0/10",     // shared by carriers' NAT, RFC 6598
	"127.0.0.0/8",       // loopback, RFC 1122
	"169.254.0.0/16",    // link-local, RFC 3927
	"172.16.0.0/12",     // private, RFC 1918
	"192.0.0.0/24",      // protocol assignments, RFC 6890
	"192.0.2.0/24",      // documentation, RFC 5737
	"192.88.99.0/24",    // 6to4 relays, RFC 7526
	"192.168.0.0/16",    // private, RFC 1918
	"198.18.0.0/15",     // benchmarks, RFC 2544
	"198.51.100.0/24",   // documentation, RFC 5737
	"203.0.113.0/24",    // documentation, RFC 5737
	"224.0.0.0/4",       // multicast, RFC 1112
	"240.0.0.0/4",       // reserved, RFC 1112, and broadcast
	"168.63.129.16/32",  // Azure's host, which answers to its machines only
	"2001::/23",         // protocol assignments, Teredo and ORCHID among them, RFC 2928
	"2001:db8::/32",     // documentation, RFC 3849
	"2002::/16",         // 6to4, which embeds any IPv4 address, RFC 3056
	"2620:4f:8000::/48", // AS112, RFC 7534
	"3fff::/20",         // documentation, RFC 9637
)

var (
	// global is what IANA gives out of IPv6 (RFC 4291); nothing outside it is
	// public: loopback, unique local, link-local, multicast, IPv4-compatible.
	global = netip.MustParsePrefix("2000::/3")
	// nat64 embeds an IPv4 address in its last 32 bits (RFC 6052, section 2.1).
	nat64 = netip.MustParsePrefix("64:ff9b::/96")
)

func blocks(texts ...string) []netip.Prefix {
	var list []netip.Prefix
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

// specialBlock returns the block of an address that is not public. addr is not
// an IPv4 address in IPv6 form.
func specialBlock(addr netip.Addr) (block string, special bool) {
	if nat64.Contains(addr) {
		b := addr.As16()
		addr = netip.AddrFrom4([4]byte(b[12:]))
	}
	if addr.Is6() && !global.Contains(addr) {
		return "no public block", true
	}
	return inBlock(addr)
}

func inBlock(addr netip.Addr) (string, bool) {
	for _, b := range special {
		if b.Contains(addr) {
			return b.String(), true
		}
	}
	return "", false
}
