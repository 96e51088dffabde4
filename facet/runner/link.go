package runner

import (
	"net"
	"sync"

	"github.com/facetd/facetd/plugin-proto/quiet"
)

// linkFD is the inherited socketpair (design: descriptor 3).
const linkFD = 3

// link is the inherited socketpair as a net.Conn. net.FileConn would duplicate
// the descriptor; a runner's descriptor table is compared with an exact list.
type link struct{ *quiet.File }

func inheritedLink() (net.Conn, error) {
	file, err := quiet.NewFile(linkFD, "supervisor")
	if err != nil {
		return nil, err
	}
	return link{file}, nil
}

// Read ends the process when the supervisor is gone: without it no instance has
// anything left to do, and nothing else would end a runner that waits.
func (l link) Read(p []byte) (int, error) {
	n, err := l.File.Read(p)
	if err != nil {
		exit(0)
	}
	return n, err
}

func (link) LocalAddr() net.Addr  { return linkAddr{} }
func (link) RemoteAddr() net.Addr { return linkAddr{} }

type linkAddr struct{}

func (linkAddr) Network() string { return "socketpair" }
func (linkAddr) String() string  { return "supervisor" }

// oneConn is a listener with one connection: gRPC's server then waits in the
// second Accept for ever.
type oneConn struct {
	conn net.Conn
	once sync.Once
}

func (o *oneConn) Accept() (net.Conn, error) {
	var c net.Conn
	o.once.Do(func() { c = o.conn })
	if c != nil {
		return c, nil
	}
	select {}
}

func (o *oneConn) Close() error   { return nil }
func (o *oneConn) Addr() net.Addr { return linkAddr{} }
