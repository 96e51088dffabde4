package testpeer

import (
	"bytes"
	"encoding/binary"
	"strings"
	"time"

	"golang.org/x/net/http2"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// rawAttacks are what a call to a path provokes of a raw peer.
var rawAttacks = map[string]func(r *raw, call uint64){
	// Lengths that lie.
	"prefix-2g":    func(r *raw, _ uint64) { r.prefixed(r.channel, 0, 1<<31-1, []byte("x")) },
	"prefix-4g":    func(r *raw, _ uint64) { r.prefixed(r.channel, 0, 1<<32-1, []byte("x")) },
	"prefix-short": func(r *raw, n uint64) { r.prefixed(r.channel, 0, 3, packet(response(n, 200, "x"))) },
	"prefix-long": func(r *raw, n uint64) {
		r.prefixed(r.channel, 0, 1000, packet(response(n, 200, "x")))
		r.headers(r.channel, true, "grpc-status", "0")
	},
	"prefix-flags": func(r *raw, n uint64) { r.prefixed(r.channel, 7, 1, []byte("x")) },
	"compressed":   func(r *raw, n uint64) { r.prefixed(r.channel, 1, 1, []byte("x")) },
	"zero-flood":   func(r *raw, _ uint64) { r.repeat(dataFrame(r.channel, make([]byte, 5*3000))) },
	"drip": func(r *raw, n uint64) {
		go func() { // one byte of a message that never becomes whole
			r.prefixed(r.channel, 0, 1<<20, nil)
			for {
				r.data(r.channel, []byte{0})
				time.Sleep(5 * time.Millisecond) // the attack's own pace
			}
		}()
	},
	"dribble": func(r *raw, _ uint64) { // the same as fast as it goes
		r.prefixed(r.channel, 0, 1<<20, nil)
		r.repeat(dataFrame(r.channel, []byte{0}))
	},
	// Streams.
	"half-close":   func(r *raw, _ uint64) { r.headers(r.channel, true, "grpc-status", "0") },
	"reset":        func(r *raw, _ uint64) { _ = r.framer.WriteRSTStream(r.channel, http2.ErrCodeNo) },
	"status-99":    func(r *raw, _ uint64) { r.headers(r.channel, true, "grpc-status", "99", "grpc-message", "%1b[31m%ff") },
	"head-twice":   func(r *raw, _ uint64) { r.headers(r.channel, false, grpcHead...) },
	"other-stream": func(r *raw, n uint64) { r.repeat(dataFrame(r.channel+1000, packet(response(n, 200, "x")))) },
	"stream-zero":  func(r *raw, n uint64) { r.data(0, packet(response(n, 200, "x"))) },
	"even-streams": func(r *raw, _ uint64) {
		r.repeat(rawFrame(http2.FrameHeaders, http2.FlagHeadersEndHeaders, 2, []byte{0x88}))
	},
	"push": func(r *raw, _ uint64) {
		r.repeat(rawFrame(http2.FramePushPromise, 4, r.channel, []byte{0, 0, 0, 2, 0x88}))
	},
	"reset-storm": func(r *raw, _ uint64) { r.repeat(rawFrame(http2.FrameRSTStream, 0, r.channel+1000, make([]byte, 4))) },
	// Control frames.
	"settings-flood": func(r *raw, _ uint64) { r.repeat(rawFrame(http2.FrameSettings, 0, 0, nil)) },
	"settings-churn": func(r *raw, _ uint64) {
		r.repeat(append(rawFrame(http2.FrameSettings, 0, 0, []byte{0, 4, 0, 0, 0, 0}), rawFrame(http2.FrameSettings, 0, 0, []byte{0, 4, 0x7f, 0xff, 0xff, 0xff})...))
	},
	"goaway-storm": func(r *raw, _ uint64) {
		r.repeat(rawFrame(http2.FrameGoAway, 0, 0, []byte{0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0}))
	},
	"window-storm": func(r *raw, _ uint64) {
		r.repeat(rawFrame(http2.FrameWindowUpdate, 0, 0, []byte{0x7f, 0xff, 0xff, 0xff}))
	},
	"priority":      func(r *raw, _ uint64) { r.repeat(rawFrame(http2.FramePriority, 0, 3, make([]byte, 5))) },
	"unknown-frame": func(r *raw, _ uint64) { r.repeat(rawFrame(0xee, 0xff, 0xffffffff, []byte("x"))) },
	"continuation": func(r *raw, _ uint64) {
		_ = r.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: r.channel})
		r.repeat(rawFrame(http2.FrameContinuation, 0, r.channel, append([]byte{0x00, 0x01, 'a', 0x7f, 0x81, 0x7e}, bytes.Repeat([]byte("v"), 16000)...)))
	},
	"huge-frame":  func(r *raw, _ uint64) { r.repeat(rawFrame(http2.FrameData, 0, r.channel, make([]byte, 1<<20))) },
	"headers-64k": func(r *raw, _ uint64) { r.headers(r.channel, true, many(64, 1000)...) },
	"trailers":    func(r *raw, _ uint64) { r.headers(r.channel, true, append(many(10000, 1), "grpc-status", "0")...) },
	// Says the same thing of itself fifty thousand times, then answers.
	"alarms": func(r *raw, n uint64) {
		same := make([]*facetv1.Frame, 10_000)
		for i := range same {
			same[i] = &facetv1.Frame{Kind: &facetv1.Frame_Alarm{Alarm: &facetv1.Alarm{TimeMs: 1}}}
		}
		for range 5 {
			r.message(r.channel, packet(same...))
		}
		r.message(r.channel, packet(response(n, 200, "said")))
	},
	// No window for what the supervisor has to say.
	"shut": func(r *raw, n uint64) {
		_ = r.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
		r.message(r.channel, packet(response(n, 200, "shut")))
	},
	// Messages that no protobuf library makes.
	"pb-length": func(r *raw, _ uint64) { r.message(r.channel, []byte{0x0a, 0xff, 0xff, 0xff, 0xff, 0x07}) },
	"pb-64":     func(r *raw, _ uint64) { r.message(r.channel, append([]byte{0x0a}, bytes.Repeat([]byte{0xff}, 10)...)) },
	"pb-group":  func(r *raw, _ uint64) { r.message(r.channel, bytes.Repeat([]byte{0x0b}, 10000)) },
	"pb-oneof":  func(r *raw, n uint64) { r.message(r.channel, field(1, bothKinds(n))) },
	"pb-unknown": func(r *raw, n uint64) {
		r.message(r.channel, append(unknownFields(10_000), packet(response(n, 200, "known"))...))
	},
	"pb-many": func(r *raw, n uint64) {
		r.message(r.channel, append(unknownFields(1_000_000), packet(response(n, 200, "many"))...))
	},
	"pb-enum": func(r *raw, n uint64) {
		r.message(r.channel, packet(failure(n, facetv1.Failure_Kind(4711), "\xff\x1b[2J", "\xc0\xaf\x00\x1b[31m")))
	},
}

// bothKinds is a frame with a response and, after it, a chunk.
func bothKinds(call uint64) []byte {
	a, _ := response(call, 200, "x").MarshalVT() // of the test
	b, _ := chunk(call, []byte("y"), true).MarshalVT()
	return append(a, b...)
}

// unknownFields are groups within groups, ten thousand deep, and so many numbers,
// of fields that no message has.
func unknownFields(n int) []byte {
	start, end := binary.AppendUvarint(nil, 100<<3|3), binary.AppendUvarint(nil, 100<<3|4)
	b := append(bytes.Repeat(start, 10000), bytes.Repeat(end, 10000)...)
	return append(b, bytes.Repeat(append(binary.AppendUvarint(nil, 101<<3), 1), n)...)
}

// field is one field of a message: a length and bytes.
func field(number int, b []byte) []byte {
	return append(binary.AppendUvarint(binary.AppendUvarint(nil, uint64(number)<<3|2), uint64(len(b))), b...)
}

// many are n header fields with values of a size.
func many(n, size int) []string {
	fields := append([]string(nil), grpcHead...)
	for range n {
		fields = append(fields, "x-many", strings.Repeat("v", size))
	}
	return fields
}

func rawFrame(kind http2.FrameType, flags http2.Flags, stream uint32, payload []byte) []byte {
	n := len(payload)
	b := []byte{byte(n >> 16), byte(n >> 8), byte(n), byte(kind), byte(flags)}
	return append(binary.BigEndian.AppendUint32(b, stream), payload...)
}

func dataFrame(stream uint32, payload []byte) []byte {
	return rawFrame(http2.FrameData, 0, stream, payload)
}
