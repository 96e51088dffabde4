package supervisor

import (
	"crypto/x509"

	"github.com/facetd/facetd/supervisor/internal/egress"
)

// Outbound is where a worker's global fetch() goes: a *[Network], or a *[Stub] that
// gets every request, with its absolute URL, instead of the network. nil is
// nowhere: fetch() fails with the text of fact L34.
type Outbound interface{ outbound() }

var (
	_ Outbound = (*Network)(nil)
	_ Outbound = (*Stub)(nil)
)

func (*Stub) outbound() {}

// NetworkConfig says what a network reaches. The zero value reaches nothing.
type NetworkConfig struct {
	// Allow lists hosts: "host", "host:port", "*.example.com", "*" (any host with
	// a public address), "1.2.3.4", "[2001:db8::1]:8443". Without a port 80 and
	// 443 are meant.
	Allow []string
	// Private lists blocks of addresses, such as "10.0.0.0/8", that hosts of Allow
	// may have though they are not public: loopback, private and link-local ones,
	// carriers' NAT, multicast and what is reserved. They do not count for hosts
	// that only "*" allows.
	Private []string
	// Roots verify TLS servers; nil means the machine's.
	Roots *x509.CertPool
	// Resolver resolves names; nil means net.DefaultResolver.
	Resolver Resolver
}

// Resolver resolves host names. *net.Resolver is one.
type Resolver = egress.Resolver

// Network is a way out: the hosts that a list allows, over HTTP/1.1 and HTTP/2. What
// a name resolves to is checked each time, before it is dialled. There are no
// cookies, no credentials and no proxy, and redirects are checked like requests. A
// network may serve many workers; those that share one share its connections. Safe
// for concurrent use.
type Network struct{ out *egress.Network }

func (*Network) outbound() {}

// NewNetwork returns a network. The errors are about the configuration.
func NewNetwork(c NetworkConfig) (*Network, error) {
	out, err := egress.New(egress.Config{Allow: c.Allow, Private: c.Private, Roots: c.Roots, Resolver: c.Resolver})
	if err != nil {
		return nil, err
	}
	return &Network{out: out}, nil
}

// Close closes connections that nobody uses. Requests under way go on.
func (n *Network) Close() { n.out.Close() }
