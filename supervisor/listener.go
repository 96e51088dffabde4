package supervisor

import (
	"net"

	"github.com/facetd/facetd/plugin-proto/quiet"
)

// Listener returns l with connections that cost a daemon less while few requests
// come: an http.Server that serves a Host, Object or Stub is best given one. The
// connections keep all that net.Conn promises; those of *net.TCPConn's own
// methods other than CloseWrite are gone. It owns l.
func Listener(l net.Listener) net.Listener { return quiet.Listener{Listener: l} }
