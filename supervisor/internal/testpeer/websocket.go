package testpeer

import (
	"strings"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

func upgrade(call uint64) *facetv1.Frame {
	f := response(call, 101, "")
	f.GetResponse().WebSocket = true
	return f
}

func said(call uint64, text bool, data string) *facetv1.Frame {
	return &facetv1.Frame{Call: call, Kind: &facetv1.Frame_WsMessage{WsMessage: &facetv1.WsMessage{Text: text, Data: []byte(data)}}}
}

func closing(call uint64, code uint32) *facetv1.Frame {
	return &facetv1.Frame{Call: call, Kind: &facetv1.Frame_WsClose{WsClose: &facetv1.WsClose{Code: code}}}
}

// socketAttacks answer with a WebSocket, asked or not, and misuse it.
var socketAttacks = map[string]func(c *channel, call uint64){
	"ws":            func(c *channel, n uint64) { c.send(upgrade(n)) },
	"ws-bytes":      func(c *channel, n uint64) { c.send(upgrade(n), said(n, true, "\x81\x7f\xff")) },
	"ws-code":       func(c *channel, n uint64) { c.send(upgrade(n), closing(n, 1015)) },
	"ws-after":      func(c *channel, n uint64) { c.send(upgrade(n), closing(n, 1000), said(n, true, "more")) },
	"ws-flood":      func(c *channel, n uint64) { c.flood(n) },
	"ws-stranger":   func(c *channel, n uint64) { c.send(upgrade(n), said(n+1000, true, "x")) },
	"ws-tags":       func(c *channel, n uint64) { c.send(upgrade(n), tagged(n, strings.Repeat("t", 257))) },
	"ws-tag-twice":  func(c *channel, n uint64) { c.send(upgrade(n), tagged(n, "t", "t")) },
	"ws-attachment": func(c *channel, n uint64) { c.send(upgrade(n), tagged(n), attached(n, 16385)) },
	"ws-attached":   func(c *channel, n uint64) { c.send(upgrade(n), attached(n, 1)) },
	"ws-auto": func(c *channel, n uint64) {
		c.send(upgrade(n), &facetv1.Frame{Kind: &facetv1.Frame_WsAuto{WsAuto: &facetv1.WsAuto{Set: true, Request: strings.Repeat("a", 2049)}}})
	},
	// Lets the supervisor answer "ping", and closes if that brings credit.
	"ws-pings": func(c *channel, n uint64) {
		c.mute = true
		c.send(upgrade(n), tagged(n), &facetv1.Frame{Kind: &facetv1.Frame_WsAuto{WsAuto: &facetv1.WsAuto{
			Set: true, Request: "ping", Response: strings.Repeat("p", 2048)}}})
	},
	// Keeps what clients have lost.
	"ws-keep": func(c *channel, n uint64) { c.keep = true; c.send(upgrade(n), tagged(n)) },
	"ws-deaf": func(c *channel, n uint64) { c.deaf = true; c.send(upgrade(n)) },
}

func tagged(call uint64, tags ...string) *facetv1.Frame {
	return &facetv1.Frame{Call: call, Kind: &facetv1.Frame_WsState{WsState: &facetv1.WsState{Hibernate: true, Tags: tags}}}
}

func attached(call uint64, size int) *facetv1.Frame {
	return &facetv1.Frame{Call: call, Kind: &facetv1.Frame_WsState{WsState: &facetv1.WsState{HasAttachment: true, Attachment: make([]byte, size)}}}
}

// flood sends messages without end, whatever the window says.
func (c *channel) flood(call uint64) {
	c.send(upgrade(call))
	for range 10000 {
		c.send(said(call, true, strings.Repeat("f", 1000)))
	}
}

// socketFrame echoes what a client says.
func (c *channel) socketFrame(f *facetv1.Frame) {
	switch k := f.Kind.(type) {
	case *facetv1.Frame_WsMessage:
		if !c.deaf {
			c.send(said(f.Call, k.WsMessage.Text, string(k.WsMessage.Data)), credit(f.Call, len(k.WsMessage.Data)+64))
		}
	case *facetv1.Frame_Credit:
		if c.mute {
			c.send(closing(f.Call, 4001))
		}
	case *facetv1.Frame_WsClose:
		if !c.keep {
			c.send(closing(f.Call, k.WsClose.Code))
		}
	}
}
