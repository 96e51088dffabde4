package gateway

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/net/http/httpguts"

	"github.com/facetd/facetd/supervisor/internal/socket"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

var (
	errHandshake = errors.New("the request asks for a WebSocket with a key that is not 16 bytes in base64, with a body, or over HTTP/2")
	errProtocol  = errors.New("the facet chose a WebSocket protocol that the client did not offer")
	errVersion   = errors.New("the request asks for a version of WebSocket other than 13")
)

// asksForSocket reports whether a request asks for a WebSocket (RFC 6455 section
// 4.2.1). The error says why it cannot have one.
func asksForSocket(r *http.Request) (bool, error) {
	if r.Method != http.MethodGet || !httpguts.HeaderValuesContainsToken(r.Header["Connection"], "upgrade") ||
		!httpguts.HeaderValuesContainsToken(r.Header["Upgrade"], "websocket") {
		return false, nil
	}
	if version := r.Header["Sec-Websocket-Version"]; len(version) != 1 || version[0] != "13" {
		return true, errVersion
	}
	key := r.Header["Sec-Websocket-Key"]
	if len(key) != 1 || r.ProtoMajor != 1 || r.ContentLength != 0 {
		return true, errHandshake
	}
	if b, err := base64.StdEncoding.DecodeString(key[0]); err != nil || len(b) != 16 {
		return true, errHandshake
	}
	return true, nil
}

// handshakeTime bounds the write of the answer to a handshake.
const handshakeTime = 10 * time.Second

// upgrader makes WebSockets. Which origins may have one is the application's to
// say: it sees the field. There is no compression: it would let a short message
// stand for a long one.
var upgrader = websocket.Upgrader{HandshakeTimeout: handshakeTime, CheckOrigin: func(*http.Request) bool { return true }}

// upgrade makes the client's connection a WebSocket and joins it with the
// facet's end. release is called as soon as the facet's call is over.
func (o *Options) upgrade(w http.ResponseWriter, r *http.Request, head *wire.Head, far socket.End, release func()) (began bool, err error) {
	h := make(http.Header)
	o.copyFields(h, head.Header())
	for name := range h {
		if strings.HasPrefix(name, "Sec-Websocket-") && name != "Sec-Websocket-Protocol" {
			delete(h, name)
		}
	}
	if p := h["Sec-Websocket-Protocol"]; p != nil && (len(p) != 1 || !offered(r, p[0])) {
		far.Abandon(socket.ErrLost)
		return false, errProtocol
	}
	conn, err := upgrader.Upgrade(w, r, h)
	if err != nil {
		far.Abandon(socket.ErrLost)
		return true, err
	}
	client := newClient(conn, o)
	if o.Track != nil {
		defer o.Track(client)()
	}
	release()
	socket.Join(client, far)
	client.Abandon(socket.ErrLost) // its timers
	return true, nil
}

// offered reports whether the client offers a WebSocket protocol.
func offered(r *http.Request, protocol string) bool {
	for _, v := range r.Header["Sec-Websocket-Protocol"] {
		for p := range strings.SplitSeq(v, ",") {
			if strings.TrimSpace(p) == protocol {
				return protocol != ""
			}
		}
	}
	return false
}
