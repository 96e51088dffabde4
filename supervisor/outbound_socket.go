package supervisor

import (
	"context"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/egress"
	"github.com/facetd/facetd/supervisor/internal/socket"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

// dial asks a server for a WebSocket and answers with it, or with what the server
// answered instead. The sockets count among those of the facet (Limits.Sockets) and
// among those that its network has.
func (c *caller) dial(ctx context.Context, in *wire.Incoming, n *Network, req *egress.Request) error {
	limits := &c.build.limits
	req.Within = c.inc
	s, err := n.out.Dial(ctx, req)
	if err != nil {
		return err
	}
	if s.Conn == nil {
		return give(in, s.Response, limits)
	}
	far := c.inc.gateway.Load().Outside(s.Conn)
	fields, err := flatten(s.Response, limits)
	if err == nil {
		head := &facetv1.ResponseHead{Status: uint32(s.Response.Status), StatusText: s.Response.Text, Headers: fields}
		err = in.Upgrade(head, far, limits.Wall)
	}
	if err != nil {
		far.Abandon(socket.ErrLost)
	}
	return err
}
