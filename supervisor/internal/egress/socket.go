package egress

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gorilla/websocket"
)

const (
	// MaxSockets is how many WebSockets a network has, socketShare how many of them
	// are of one key and withinShare how many of those of one within it: each is a
	// descriptor.
	MaxSockets  = 512
	socketShare = MaxSockets / 4
	withinShare = socketShare / 4
	// maxRefusal is what of the body of an answer without a WebSocket is given; the
	// library's own number, in bytes.
	maxRefusal = 1024
)

// errCut is the end of the body of such an answer that had more.
var errCut = errors.New("an answer to a request for a WebSocket has a long body")

// Socket is the answer to a request for a WebSocket.
type Socket struct {
	// Response is its head, of status 101, or the whole of another answer.
	Response *Response
	// Conn is the connection, nil where there is none. The caller closes it.
	Conn *websocket.Conn
}

// Dial asks for a WebSocket (RFC 6455 section 4.1), over HTTP/1.1. Of the request
// there are the URL, with the scheme http or https, the header and the key. ctx
// bounds the asking only. Errors are as those of [Network.Do]. Whoever has as many
// sockets as there may be waits.
func (n *Network) Dial(ctx context.Context, r *Request) (*Socket, error) {
	r.Method, r.Body = http.MethodGet, nil
	req, dest, err := r.build(ctx)
	if err != nil {
		return nil, err
	}
	if n.policy.admit(dest.host, dest.addr, dest.port) == denied {
		return nil, notListed(dest.String())
	}
	timed, cancel := context.WithTimeout(ctx, dialTimeout+tlsTimeout)
	defer cancel()
	release, err := n.socketPlace(timed, r)
	if err != nil {
		return nil, failed(ctx, dest, err)
	}
	s, err := n.shake(timed, req, dest, release)
	if err != nil {
		release()
		return nil, failed(ctx, dest, err)
	}
	if s.Conn == nil {
		release()
	}
	return s, nil
}

// socketPlace waits for a place, first within the key: one of many that share it does
// not take all that it has for as long as it likes.
func (n *Network) socketPlace(ctx context.Context, r *Request) (release func(), err error) {
	one, err := n.within.Acquire(ctx, [2]any{r.Key, r.Within})
	if err != nil {
		return nil, err
	}
	other, err := n.sockets.Acquire(ctx, r.Key)
	if err != nil {
		one()
		return nil, err
	}
	return sync.OnceFunc(func() { other(); one() }), nil
}

// shake makes the handshake. The connection's end releases its place.
func (n *Network) shake(ctx context.Context, req *http.Request, dest destination, release func()) (*Socket, error) {
	var conn *counted
	unwatch := func() bool { return true }
	hold := func(raw net.Conn, err error) (net.Conn, error) {
		if err != nil {
			return nil, err
		}
		conn = &counted{Conn: raw, release: release}
		conn.left.Store(maxHeaderBytes)
		unwatch = context.AfterFunc(ctx, func() { _ = raw.Close() }) // the library looks at deadlines only
		return conn, nil
	}
	d := websocket.Dialer{
		NetDialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return hold(n.dial(ctx, network, address))
		},
		NetDialTLSContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return hold(n.dialTLS(ctx, network, address, "http/1.1"))
		},
		HandshakeTimeout: dialTimeout + tlsTimeout,
	}
	offered := req.Header["Sec-Websocket-Protocol"]
	for name := range req.Header {
		if strings.HasPrefix(name, "Sec-Websocket-") && name != "Sec-Websocket-Protocol" {
			delete(req.Header, name)
		}
	}
	ws, resp, err := d.DialContext(ctx, strings.Replace(req.URL.Scheme, "http", "ws", 1)+"://"+req.URL.Host+req.URL.RequestURI(), req.Header)
	if !unwatch() && err == nil {
		_ = ws.Close() // it is closed already
		err = context.Cause(ctx)
	}
	if err != nil {
		if resp == nil || !errors.Is(err, websocket.ErrBadHandshake) || resp.StatusCode == http.StatusSwitchingProtocols {
			return nil, err
		}
		return refusal(resp, req, dest)
	}
	conn.left.Store(-1) // from here on messages are bounded
	if resp.Header["Sec-Websocket-Extensions"] != nil || !chosen(offered, resp.Header["Sec-Websocket-Protocol"]) {
		_ = ws.Close() // the first error says more
		return nil, errors.New("the server chose an extension or a protocol that was not offered")
	}
	resp.Header.Del("Sec-Websocket-Accept")
	resp.Request = req
	head, err := head(resp, dest)
	if err != nil {
		_ = ws.Close()
		return nil, err
	}
	return &Socket{Response: head, Conn: ws}, nil
}

// chosen reports whether a server's choice of a protocol was offered.
func chosen(offered, answer []string) bool {
	if len(answer) == 0 {
		return true
	}
	for _, list := range offered {
		for p := range strings.SplitSeq(list, ",") {
			if len(answer) == 1 && strings.TrimSpace(p) == answer[0] && answer[0] != "" {
				return true
			}
		}
	}
	return false
}

// refusal is an answer without a WebSocket; of a long body the beginning, which
// then breaks off.
func refusal(resp *http.Response, req *http.Request, dest destination) (*Socket, error) {
	resp.Request = req
	whole := resp.ContentLength >= 0 && resp.ContentLength <= maxRefusal
	body := resp.Body
	if !whole {
		resp.Body = io.NopCloser(io.MultiReader(body, broken{}))
	}
	out, err := read(resp, dest, func() {})
	if err != nil {
		return nil, err
	}
	return &Socket{Response: out}, nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errCut }

// counted is a connection that holds a place, and of which a handshake may read so
// much: the library reads a header of any length.
type counted struct {
	net.Conn
	left    atomic.Int64 // negative: any
	release func()
}

var errLongHandshake = errors.New("the answer to a handshake is too long")

func (c *counted) Read(p []byte) (int, error) {
	left := c.left.Load()
	if left < 0 {
		return c.Conn.Read(p)
	}
	if left == 0 {
		return 0, errLongHandshake
	}
	n, err := c.Conn.Read(p[:min(int64(len(p)), left)])
	c.left.Add(int64(-n))
	return n, err
}

func (c *counted) Close() error {
	defer c.release()
	return c.Conn.Close()
}
