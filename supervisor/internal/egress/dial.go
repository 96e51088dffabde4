package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"time"
)

const (
	// dialTimeout bounds resolving and connecting together.
	dialTimeout = 10 * time.Second
	// leastDial is what each of several addresses gets at least.
	leastDial = 2 * time.Second
	// maxAddresses is how many of a name's addresses are tried.
	maxAddresses = 8
)

// Resolver resolves names. *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// wanted is the key of the request's context in that of its connection.
type wanted struct{}

// wanting has the making of a connection end with the request that it is for. The
// transport goes on with it otherwise: whoever gives up many requests at once would
// have as many descriptors as he likes, each for as long as dialTimeout and
// tlsTimeout.
func wanting(ctx context.Context) context.Context { return context.WithValue(ctx, wanted{}, ctx) }

func whileWanted(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	request, ok := ctx.Value(wanted{}).(context.Context)
	if !ok {
		return ctx, cancel
	}
	stop := context.AfterFunc(request, cancel)
	return ctx, func() { stop(); cancel() }
}

// dialTLS is dial and the handshake, which offers protocols (ALPN).
func (n *Network) dialTLS(ctx context.Context, network, address string, protocols ...string) (net.Conn, error) {
	raw, err := n.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	ctx, done := whileWanted(ctx)
	defer done()
	ctx, cancel := context.WithTimeout(ctx, tlsTimeout)
	defer cancel()
	own := n.tls.Clone()
	own.NextProtos = protocols
	if own.ServerName, _, err = net.SplitHostPort(address); err == nil {
		conn := tls.Client(raw, own)
		if err = conn.HandshakeContext(ctx); err == nil {
			return conn, nil
		}
	}
	_ = raw.Close() // the first error says more
	return nil, err
}

// dial connects to a host that was admitted; the address is that of the
// transport, host and port of the request's URL.
func (n *Network) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, done := whileWanted(ctx)
	defer done()
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	dest, err := splitHost(address)
	if err != nil {
		return nil, err
	}
	how := n.policy.admit(dest.host, dest.addr, dest.port)
	if how == denied { // the request was admitted, so this cannot be; it is asked again where it matters
		return nil, notListed(address)
	}
	addrs := []netip.Addr{dest.addr}
	if !dest.addr.IsValid() {
		name := dest.host
		if how != verbatim {
			name += "." // the search list is for names that the operator wrote
		}
		if addrs, err = n.resolver.LookupNetIP(ctx, "ip", name); err != nil {
			return nil, lost(address, "resolve: %v", err)
		}
	}
	var open []netip.Addr
	reason := "it has no address"
	for _, a := range addrs {
		a = a.Unmap()
		if why := n.policy.check(a, how > admitted); why != "" {
			reason = a.String() + " is " + why
			continue
		}
		open = append(open, a)
	}
	if len(open) == 0 {
		return nil, refusedAddress(address, reason)
	}
	return n.connect(ctx, network, open[:min(len(open), maxAddresses)], dest.port, how > admitted)
}

// connect tries the addresses in turn. Each is checked once more where the
// socket is about to connect: nothing between here and there may resolve again.
func (n *Network) connect(ctx context.Context, network string, addrs []netip.Addr, port uint16, named bool) (net.Conn, error) {
	dialer := net.Dialer{Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		if why := n.policy.check(to.Addr(), named); why != "" || to.Port() != port {
			return refusedAddress(address, "about to connect to "+why)
		}
		return nil
	}}
	var errs []error
	for i, a := range addrs {
		deadline, _ := ctx.Deadline()
		share := max(time.Until(deadline)/time.Duration(len(addrs)-i), leastDial)
		one, cancel := context.WithTimeout(ctx, share)
		conn, err := dialer.DialContext(one, network, netip.AddrPortFrom(a, port).String())
		cancel()
		if err == nil {
			return conn, nil
		}
		if errs = append(errs, err); ctx.Err() != nil {
			break
		}
	}
	return nil, errors.Join(errs...)
}
