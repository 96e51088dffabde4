package gateway

import (
	"context"

	"github.com/gorilla/websocket"

	"github.com/facetd/facetd/supervisor/internal/socket"
)

// Outside is the end of a WebSocket with a server that an application has asked: it
// is bounded and timed as a client's is. It takes the connection over.
func (o *Options) Outside(conn *websocket.Conn) socket.End {
	c := newClient(conn, o)
	if o.Track != nil {
		context.AfterFunc(c.done, o.Track(c))
	}
	return c
}
