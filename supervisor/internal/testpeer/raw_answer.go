package testpeer

import (
	"bytes"
	"encoding/base64"

	"golang.org/x/net/http2"
)

// rawAnswer answers a control call.
type rawAnswer func(r *raw, stream uint32)

// wellBehaved answers with an empty message, as a runner does that has nothing to
// say.
func wellBehaved(r *raw, id uint32) {
	r.headers(id, false, grpcHead...)
	r.message(id, nil)
	r.headers(id, true, "grpc-status", "0")
}

// compressed answers with a message in a compression, of which it says that it
// is one.
func compressed(name string, zeros int64) rawAnswer {
	return func(r *raw, id uint32) {
		b := gzipped(zeros)
		r.headers(id, false, append(grpcHead[:len(grpcHead):len(grpcHead)], "grpc-encoding", name)...)
		r.prefixed(id, 1, uint32(len(b)), b)
		r.headers(id, true, "grpc-status", "0")
	}
}

// trailersOnly answers with a status alone.
func trailersOnly(fields ...string) rawAnswer {
	return func(r *raw, id uint32) {
		r.headers(id, true, append(grpcHead[:len(grpcHead):len(grpcHead)], fields...)...)
	}
}

// rawAnswers are what modes of a raw peer answer to being assigned.
var rawAnswers = map[string]rawAnswer{
	"gzip-empty":     compressed("gzip", 0),
	"gzip-bomb":      compressed("gzip", 256<<20),
	"unknown-coding": compressed("brrr", 0),
	"deflate":        compressed("deflate", 0),
	"status-minus":   trailersOnly("grpc-status", "-1"),
	"status-99":      trailersOnly("grpc-status", "99"),
	"status-text":    trailersOnly("grpc-status", "ok"),
	"status-over":    trailersOnly("grpc-status", "99999999999999999999"),
	"message-utf8":   trailersOnly("grpc-status", "2", "grpc-message", "%ff%c0%af%1b[2J%00%0d%0a"),
	"details": trailersOnly("grpc-status", "2", "grpc-message", "see the details", "grpc-status-details-bin",
		base64.RawStdEncoding.EncodeToString(detailsBomb())),
	"headers-64k": func(r *raw, id uint32) { r.headers(id, true, many(64, 1000)...) },
	"trailers-10k": func(r *raw, id uint32) {
		r.headers(id, false, grpcHead...)
		r.message(id, nil)
		r.headers(id, true, append(many(10000, 1)[len(grpcHead):], "grpc-status", "0")...)
	},
	"no-status": func(r *raw, id uint32) {
		r.headers(id, false, grpcHead...)
		r.message(id, nil)
		r.headers(id, true, "x-a", "b")
	},
	"two-messages": func(r *raw, id uint32) {
		r.headers(id, false, grpcHead...)
		r.message(id, nil)
		r.message(id, nil)
		r.headers(id, true, "grpc-status", "0")
	},
	"no-message":  trailersOnly("grpc-status", "0"),
	"html":        func(r *raw, id uint32) { r.headers(id, true, ":status", "200", "content-type", "text/html") },
	"http-500":    func(r *raw, id uint32) { r.headers(id, true, ":status", "500") },
	"http-junk":   func(r *raw, id uint32) { r.headers(id, true, ":status", "banana") },
	"reply-2g":    func(r *raw, id uint32) { r.headers(id, false, grpcHead...); r.prefixed(id, 0, 1<<31-1, []byte("x")) },
	"reset":       func(r *raw, id uint32) { _ = r.framer.WriteRSTStream(id, http2.ErrCodeCancel) },
	"zero-window": wellBehaved,
	"goaway": func(r *raw, id uint32) {
		_ = r.framer.WriteGoAway(0, http2.ErrCodeEnhanceYourCalm, bytes.Repeat([]byte("\x1b[31m"), 1000))
	},
}

// detailsBomb is a google.rpc.Status whose details hold one another, in the 6 KiB
// that a header list leaves room for.
func detailsBomb() []byte {
	var b []byte
	for len(b) < 5000 {
		any := append(field(1, []byte("type.googleapis.com/google.rpc.Status")), field(2, b)...)
		b = field(3, any)
	}
	return append([]byte{0x08, 0x02}, b...)
}
