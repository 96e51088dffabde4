package testpeer

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"os"
	"strings"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// raw is a peer that speaks HTTP/2 and gRPC by hand: whatever a library would
// never send, it can.
type raw struct {
	conn    net.Conn
	framer  *http2.Framer
	answer  rawAnswer // to control calls
	paths   map[uint32]string
	bodies  map[uint32]*bytes.Buffer
	channel uint32
	table   *hpack.Encoder
	block   bytes.Buffer
}

func serveRaw(mode string) int {
	answer, ok := rawAnswers[mode]
	if !ok {
		answer = wellBehaved
	}
	r := &raw{conn: link(), answer: answer, paths: map[uint32]string{}, bodies: map[uint32]*bytes.Buffer{}}
	r.table = hpack.NewEncoder(&r.block)
	say()
	if _, err := io.ReadFull(r.conn, make([]byte, len(http2.ClientPreface))); err != nil {
		return 1
	}
	r.framer = http2.NewFramer(r.conn, r.conn)
	r.framer.AllowIllegalWrites = true
	r.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	var settings []http2.Setting
	if mode == "zero-window" {
		settings = []http2.Setting{{ID: http2.SettingInitialWindowSize, Val: 0}}
	}
	_ = r.framer.WriteSettings(settings...)
	for {
		f, err := r.framer.ReadFrame()
		if err != nil {
			return hang() // it stays: only a kill ends it
		}
		r.frame(f)
	}
}

func (r *raw) frame(f http2.Frame) {
	id := f.Header().StreamID
	switch f := f.(type) {
	case *http2.SettingsFrame:
		if !f.IsAck() {
			_ = r.framer.WriteSettingsAck()
		}
	case *http2.PingFrame:
		if !f.IsAck() {
			_ = r.framer.WritePing(true, f.Data)
		}
	case *http2.MetaHeadersFrame:
		path := f.PseudoValue("path")
		r.paths[id], r.bodies[id] = path, &bytes.Buffer{}
		os.Stderr.WriteString("stream " + path + "\n")
		if strings.HasSuffix(path, "/Channel") {
			r.channel = id
			r.headers(id, false, grpcHead...)
		}
	case *http2.DataFrame:
		body := r.bodies[id]
		body.Write(f.Data())
		if id == r.channel {
			r.packets(body)
		} else if f.StreamEnded() {
			if strings.HasSuffix(r.paths[id], "/Assign") {
				r.answer(r, id)
			} else {
				wellBehaved(r, id)
			}
		}
	}
}

// packets takes complete messages of the channel.
func (r *raw) packets(b *bytes.Buffer) {
	for b.Len() >= 5 {
		size := int(binary.BigEndian.Uint32(b.Bytes()[1:5]))
		if b.Len() < 5+size {
			return
		}
		message := b.Next(5 + size)[5:]
		var p facetv1.Packet
		if p.UnmarshalVT(message) != nil {
			return
		}
		for _, f := range p.Frames {
			if q := f.GetRequest(); q != nil {
				r.request(f.Call, q)
			}
		}
	}
}

func (r *raw) request(call uint64, q *facetv1.RequestHead) {
	u, err := url.Parse(q.Url)
	if err != nil {
		return
	}
	if attack := rawAttacks[strings.TrimPrefix(u.Path, "/")]; attack != nil {
		attack(r, call)
		return
	}
	r.message(r.channel, packet(response(call, 200, "hello")))
}

var grpcHead = []string{":status", "200", "content-type", "application/grpc"}

// headers writes a header list in as many frames as it takes.
func (r *raw) headers(id uint32, end bool, fields ...string) {
	r.block.Reset()
	for i := 0; i < len(fields); i += 2 {
		_ = r.table.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	block := r.block.Bytes()
	first := block[:min(len(block), 16384)]
	block = block[len(first):]
	_ = r.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: first, EndStream: end, EndHeaders: len(block) == 0})
	for len(block) > 0 {
		part := block[:min(len(block), 16384)]
		block = block[len(part):]
		_ = r.framer.WriteContinuation(id, len(block) == 0, part)
	}
}

// data writes bytes in as many frames as they take, whatever the window says.
func (r *raw) data(id uint32, b []byte) {
	for len(b) > 0 {
		part := b[:min(len(b), 16384)]
		b = b[len(part):]
		_ = r.framer.WriteData(id, false, part)
	}
}

// message writes one gRPC message.
func (r *raw) message(id uint32, b []byte) { r.prefixed(id, 0, uint32(len(b)), b) }

// prefixed writes a message's prefix, and what follows it.
func (r *raw) prefixed(id uint32, flags byte, size uint32, b []byte) {
	r.data(id, append(binary.BigEndian.AppendUint32([]byte{flags}, size), b...))
}

// repeat sends the same bytes until nobody takes them.
func (r *raw) repeat(b []byte) {
	b = bytes.Repeat(b, max(1, 65536/len(b)))
	for {
		if _, err := r.conn.Write(b); err != nil {
			hang()
		}
	}
}

func packet(frames ...*facetv1.Frame) []byte {
	b, err := (&facetv1.Packet{Frames: frames}).MarshalVT()
	if err != nil {
		panic(err)
	}
	return b
}
