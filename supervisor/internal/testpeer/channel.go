package testpeer

import (
	"bytes"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/plugin-proto/value"
)

// channel is one open stream.
type channel struct {
	peer   *peer
	mu     sync.Mutex // Send
	stream facetv1.Facet_ChannelServer
	bodies map[uint64]*body
	count  atomic.Int64
	deaf   bool   // sockets' messages are not dealt with
	mute   bool   // says nothing on sockets, and wants no credit
	keep   bool   // closes of sockets are not answered
	late   uint64 // the call that is answered when it is cancelled
	// Calls that the peer opened, and whose answers they are.
	hostCalls uint64
	origins   map[uint64]uint64
	// Handles that it was given, and how often one of its exports came home.
	held []uint64
	home int
}

// body is a request body that is streamed back or swallowed.
type body struct {
	echo  bool
	total int
	room  int
	wait  [][]byte
	end   bool
}

func (c *channel) send(frames ...*facetv1.Frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.stream.Send(&facetv1.Packet{Frames: frames})
}

func response(call uint64, status uint32, text string, headers ...string) *facetv1.Frame {
	var h []byte
	for _, s := range headers {
		h = append(append(h, s...), 0)
	}
	return &facetv1.Frame{Call: call, Kind: &facetv1.Frame_Response{Response: &facetv1.ResponseHead{
		Status: status, Headers: h, Body: []byte(text), End: true}}}
}

func chunk(call uint64, data []byte, end bool) *facetv1.Frame {
	return &facetv1.Frame{Call: call, Kind: &facetv1.Frame_Chunk{Chunk: &facetv1.Chunk{Data: data, End: end}}}
}

func credit(call uint64, n int) *facetv1.Frame {
	return &facetv1.Frame{Call: call, Kind: &facetv1.Frame_Credit{Credit: &facetv1.Credit{Bytes: uint32(n)}}}
}

func failure(call uint64, kind facetv1.Failure_Kind, name, message string) *facetv1.Frame {
	return &facetv1.Frame{Call: call, Kind: &facetv1.Frame_Failure{Failure: &facetv1.Failure{
		Kind: kind, Name: name, Message: message, Stack: "secret stack"}}}
}

func (c *channel) frame(f *facetv1.Frame) {
	switch k := f.Kind.(type) {
	case *facetv1.Frame_Request:
		c.request(f.Call, k.Request)
	case *facetv1.Frame_RpcCall:
		if n := k.RpcCall.Target.GetCallback(); n != 0 {
			c.callback(f.Call, n)
			return
		}
		c.keepRefs(k.RpcCall.Refs)
		if k.RpcCall.Target.GetExport() != 0 {
			c.exported(f.Call, k.RpcCall)
			return
		}
		c.rpc(f.Call, k.RpcCall)
	case *facetv1.Frame_RpcResult, *facetv1.Frame_Failure:
		c.keepRefs(f.GetRpcResult().GetRefs())
		if f.Call%2 == 0 {
			c.answered(f)
		}
	case *facetv1.Frame_WsMessage, *facetv1.Frame_WsClose:
		c.socketFrame(f)
	case *facetv1.Frame_Cancel:
		if f.Call == c.late {
			c.send(response(f.Call, 200, "too late"))
		}
	case *facetv1.Frame_Chunk:
		if b := c.bodies[f.Call]; b != nil {
			c.take(f.Call, b, k.Chunk.Data, k.Chunk.End)
		}
	case *facetv1.Frame_Credit:
		if b := c.bodies[f.Call]; b != nil {
			b.room += int(k.Credit.Bytes)
			c.pump(f.Call, b)
			break
		}
		c.socketFrame(f)
	}
}

func (c *channel) rpc(call uint64, r *facetv1.RpcCall) {
	if method := refMethods[r.Method]; method != nil {
		var args []any
		_ = value.Unmarshal(r.Args, &args) // of the test
		method(c, call, args)
		return
	}
	switch r.Method {
	case "echo":
		c.send(&facetv1.Frame{Call: call, Kind: &facetv1.Frame_RpcResult{RpcResult: &facetv1.RpcResult{Value: r.Args}}})
	case "count":
		n := c.count.Add(1)
		c.send(&facetv1.Frame{Call: call, Kind: &facetv1.Frame_RpcResult{RpcResult: &facetv1.RpcResult{
			Value: []byte("J" + strconv.FormatInt(n, 10))}}})
	case "host":
		c.host(call, r.Args)
	case "hang":
	case "chunk":
		c.send(chunk(call, nil, true))
	default:
		c.send(failure(call, facetv1.Failure_KIND_NO_HANDLER, "TypeError",
			fmt.Sprintf("The RPC receiver does not implement the method %q.", r.Method)))
	}
}

// take accepts a piece of a streamed request body.
func (c *channel) take(call uint64, b *body, data []byte, end bool) {
	b.total += len(data)
	b.end = b.end || end
	if len(data) > 0 {
		c.send(credit(call, len(data)))
	}
	if b.echo {
		if len(data) > 0 {
			b.wait = append(b.wait, data)
		}
		c.pump(call, b)
		return
	}
	if b.end {
		c.send(response(call, 200, strconv.Itoa(b.total)))
		delete(c.bodies, call)
	}
}

func (c *channel) pump(call uint64, b *body) {
	for len(b.wait) > 0 && b.room >= len(b.wait[0]) {
		b.room -= len(b.wait[0])
		c.send(chunk(call, b.wait[0], false))
		b.wait = b.wait[1:]
	}
	if b.end && len(b.wait) == 0 {
		c.send(chunk(call, nil, true))
		delete(c.bodies, call)
	}
}

const window = 262144

func (c *channel) request(call uint64, r *facetv1.RequestHead) {
	u, err := url.Parse(r.Url)
	if err != nil {
		c.send(failure(call, facetv1.Failure_KIND_EXCEPTION, "TypeError", "Invalid URL"))
		return
	}
	path := strings.TrimPrefix(u.Path, "/")
	if attack, ok := socketAttacks[path]; ok {
		attack(c, call)
		return
	}
	if attack, ok := attacks[path]; ok {
		attack(c, call, r)
		return
	}
	if a, ok := webAnswers[path]; ok {
		c.send(response(call, a.status, a.body, a.headers...))
		return
	}
	switch path {
	case "show":
		c.send(response(call, 200, r.Method+" "+r.Url+"\n"+string(bytes.ReplaceAll(r.Headers, []byte{0}, []byte("\n"))), "content-type", "text/plain"))
	case "count":
		c.send(response(call, 200, strconv.FormatInt(c.count.Add(1), 10)))
	case "echo":
		b := &body{echo: true, room: window, end: r.End || !r.HasBody}
		c.bodies[call] = b
		head := response(call, 200, "")
		head.GetResponse().End = false
		c.send(head)
		c.take(call, b, r.Body, b.end)
	case "length":
		b := &body{end: r.End || !r.HasBody}
		c.bodies[call] = b
		c.take(call, b, r.Body, b.end)
	case "slow":
		go func() {
			time.Sleep(50 * time.Millisecond)
			c.send(response(call, 200, "late"))
		}()
	case "throw":
		c.send(failure(call, facetv1.Failure_KIND_EXCEPTION, "RangeError", "boom"))
	default:
		c.send(response(call, 200, "hello"))
	}
}
