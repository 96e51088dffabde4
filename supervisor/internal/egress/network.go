package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math"
	"net"
	"net/http"
	"time"

	"github.com/facetd/facetd/supervisor/internal/fair"
)

const (
	// MaxConcurrent is how many requests a network has under way, share how many of
	// them are of one key.
	MaxConcurrent = 512
	share         = MaxConcurrent / 4
	// maxHeaderBytes bounds the header of an answer before anybody looks at it.
	maxHeaderBytes = 256 << 10
	// tlsTimeout bounds a handshake, idleTimeout the life of a connection that
	// nobody uses, continueTimeout the wait for "100 Continue".
	tlsTimeout      = 10 * time.Second
	idleTimeout     = 30 * time.Second
	continueTimeout = time.Second
	// maxUnread is what of an answer over HTTP/2 is taken before it is read, in bytes;
	// the library's own number, 4 MiB, times MaxConcurrent would be too much.
	maxUnread = 256 << 10
	// stuckTimeout ends a connection over HTTP/2 whose server takes nothing that is
	// written: requests that were given up stay on it until it does. pingAfter is
	// after how much silence it is asked whether the server is there, and pingTimeout
	// how long that may take.
	stuckTimeout = 10 * time.Second
	pingAfter    = 30 * time.Second
	pingTimeout  = 15 * time.Second
)

// Config says what a network reaches. The zero value reaches nothing.
type Config struct {
	// Allow lists hosts: "host", "host:port", "*.example.com", "*" (any host with
	// a public address), "1.2.3.4", "[2001:db8::1]:8443". Without a port 80 and
	// 443 are meant.
	Allow []string
	// Private lists blocks of addresses, in CIDR notation, that hosts of Allow may
	// have though they are not public. They do not count for "*".
	Private []string
	// Resolver resolves names; nil means the machine's.
	Resolver Resolver
	// Roots verify TLS servers; nil means the machine's.
	Roots *x509.CertPool
}

// Network makes requests. Safe for concurrent use.
type Network struct {
	policy    policy
	resolver  Resolver
	transport *http.Transport
	tls       *tls.Config
	slots     *fair.Slots
	sockets   *fair.Slots
	within    *fair.Slots // of sockets
}

// New returns a network. Errors are about the configuration and say what to write.
func New(c Config) (*Network, error) {
	p, err := parsePolicy(c.Allow, c.Private)
	if err != nil {
		return nil, err
	}
	n := &Network{policy: p, resolver: c.Resolver, slots: fair.New(MaxConcurrent, share), sockets: fair.New(MaxSockets, socketShare),
		within: fair.New(math.MaxInt, withinShare)}
	if n.resolver == nil {
		n.resolver = net.DefaultResolver
	}
	n.tls = &tls.Config{
		MinVersion: tls.VersionTLS12, RootCAs: c.Roots,
		ClientSessionCache: nil, // applications do not share what identifies a client
	}
	n.transport = &http.Transport{
		Proxy:       nil, // what the environment says is the host's business, not that of applications
		DialContext: n.dial,
		DialTLSContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return n.dialTLS(ctx, network, address, "h2", "http/1.1")
		},
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // encodings are the application's affair; see response.go
		MaxIdleConns:           128,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        idleTimeout,
		ExpectContinueTimeout:  continueTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
		HTTP2: &http.HTTP2Config{
			MaxReceiveBufferPerStream: maxUnread, WriteByteTimeout: stuckTimeout, SendPingTimeout: pingAfter, PingTimeout: pingTimeout,
		},
	}
	return n, nil
}

// Close closes connections that nobody uses. Requests under way go on.
func (n *Network) Close() { n.transport.CloseIdleConnections() }

// Do makes a request, and follows no redirect. Errors are an *[Error], or the cause
// of ctx's end. It does not wait for the request's body to be sent; ctx has to live
// until the answer was read. The caller closes the answer.
func (n *Network) Do(ctx context.Context, r *Request) (*Response, error) {
	req, dest, err := r.build(ctx)
	if err != nil {
		return nil, err
	}
	if n.policy.admit(dest.host, dest.addr, dest.port) == denied {
		return nil, notListed(dest.String())
	}
	release, err := n.slots.Acquire(ctx, r.Key)
	if err != nil {
		return nil, err
	}
	resp, err := n.transport.RoundTrip(req.WithContext(wanting(ctx)))
	if err != nil {
		release()
		return nil, failed(ctx, dest, err)
	}
	out, err := read(resp, dest, release)
	if err != nil {
		resp.Body.Close()
		release()
		return nil, err
	}
	return out, nil
}

// failed makes the error of a request that got no answer.
func failed(ctx context.Context, dest destination, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if own := new(Error); errors.As(err, &own) {
		named := *own
		named.Host = dest.String()
		return &named
	}
	return lost(dest.String(), "%v", err)
}
