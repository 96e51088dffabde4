package supervisor

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// noted passes on what is logged.
type noted struct {
	slog.Handler
	lines chan string
}

func (noted) Enabled(context.Context, slog.Level) bool { return true }

func (n noted) Handle(_ context.Context, r slog.Record) error {
	select {
	case n.lines <- r.Message:
	default:
	}
	return nil
}

// All facets of a host have so many WebSockets, and one object not all of them.
func TestSocketsOfAHost(t *testing.T) {
	log := noted{slog.DiscardHandler, make(chan string, 1000)}
	h := peerHost(t, "ok", func(c *Config) {
		c.Sockets = 4
		c.Logger = slog.New(log)
	})
	server := func(object string) *httptest.Server {
		s := httptest.NewServer(h.Object("NS", object).Facets().Get("app", startAny(h)))
		t.Cleanup(s.Close)
		return s
	}
	talks := func(c talk) {
		c.say("hi")
		c.hear("hi")
	}
	a, b := server("a"), server("b")
	first := dial(t, a, "/ws")
	for range 2 {
		talks(dial(t, a, "/ws"))
	}
	talks(first)
	dial(t, a, "/ws").ends(websocket.CloseTryAgainLater, "The host has too many WebSockets")
	for line := ""; !strings.Contains(line, "--host-websockets"); {
		line = <-log.lines
	}
	talks(dial(t, b, "/ws"))
	dial(t, b, "/ws").ends(websocket.CloseTryAgainLater, "The host has too many WebSockets")
	_ = first.Close()
	eventually(t, "there is a place again", func() bool {
		h.sockets.mu.Lock()
		defer h.sockets.mu.Unlock()
		return h.sockets.all == 3
	})
	talks(dial(t, b, "/ws"))
}

// What a hibernatable socket leaves behind does not depend on the runner, which may
// keep those that clients have lost for ever.
func TestLostSocketsAreForgotten(t *testing.T) {
	h := peerHost(t, "ok", nil)
	stub := h.Object("NS", "o").Facets().Get("app", startAny(h))
	s := httptest.NewServer(stub)
	defer s.Close()
	for range 20 {
		c := dial(t, s, "/ws-keep")
		c.say("hi")
		c.hear("hi")
		_ = c.Close()
	}
	eventually(t, "nothing is left", func() bool {
		stub.inc.mu.Lock()
		i := stub.inc.live
		stub.inc.mu.Unlock()
		h.sockets.mu.Lock()
		defer h.sockets.mu.Unlock()
		return i != nil && i.Mux().Sockets() == 0 && h.sockets.all == 0 && len(h.sockets.held) == 0
	})
}
