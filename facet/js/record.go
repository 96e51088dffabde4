package js

import (
	"encoding/binary"
	"errors"
	"math"
)

// Layout of fjs_rec in js.h, in bytes from the record's start. The host is
// little-endian.
const (
	offKind  = 0
	offFlags = 4
	offCall  = 8
	offA     = 16
	offS1    = 24
	offS2    = 28
	offS3    = 32
	offBody  = 40
	offSize  = 48
	recHead  = 56

	flagBody = 1
)

// maxPart bounds each string and the body of a message, in bytes.
const maxPart = 512 << 20

var (
	errPart    = errors.New("js: a string or body of a message is over 512 MiB")
	errNumber  = errors.New("js: a message's call or number is not below 2^53")
	errRecords = errors.New("js: the engine's messages are garbled: kill the process")
)

// recordSize is the number of bytes that the message takes in the inbox.
func recordSize(m *Message) (int, error) {
	if len(m.S1) > maxPart || len(m.S2) > maxPart || len(m.S3) > maxPart || len(m.Body) > maxPart {
		return 0, errPart
	}
	const limit = 1 << 53
	if m.Call >= limit || m.A >= limit || m.A <= -limit || m.Kind <= 0 || m.Kind > 0xff {
		return 0, errNumber
	}
	n := recHead + len(m.S1) + len(m.S2) + len(m.S3) + 3 + len(m.Body)
	return (n + 7) &^ 7, nil
}

// putRecord writes the message and returns its size. b may hold old bytes.
func putRecord(b []byte, m *Message) int {
	le := binary.LittleEndian
	var flags uint32
	if m.Body != nil {
		flags = flagBody
	}
	le.PutUint32(b[offKind:], uint32(m.Kind))
	le.PutUint32(b[offFlags:], flags)
	le.PutUint64(b[offCall:], m.Call)
	le.PutUint64(b[offA:], math.Float64bits(float64(m.A)))
	le.PutUint32(b[offS1:], uint32(len(m.S1)))
	le.PutUint32(b[offS2:], uint32(len(m.S2)))
	le.PutUint32(b[offS3:], uint32(len(m.S3)))
	le.PutUint32(b[offS3+4:], 0)
	le.PutUint64(b[offBody:], uint64(len(m.Body)))
	at := recHead
	for _, s := range [3][]byte{m.S1, m.S2, m.S3} {
		at += copy(b[at:], s)
		b[at] = 0
		at++
	}
	at += copy(b[at:], m.Body)
	size := (at + 7) &^ 7
	clear(b[at:size])
	le.PutUint64(b[offSize:], uint64(size))
	return size
}

// parseRecords appends the messages that b holds; they point into it.
func parseRecords(to []Message, b []byte) ([]Message, error) {
	for len(b) > 0 {
		m, size, err := parseRecord(b)
		if err != nil {
			return to, err
		}
		to = append(to, m)
		b = b[size:]
	}
	return to, nil
}

// parseRecord returns the message that b begins with, which points into it, and
// the size of its record. The C side is of this package, but it shares its memory
// with a hostile script's engine: each word is read once, then checked.
func parseRecord(b []byte) (m Message, size uint64, err error) {
	le := binary.LittleEndian
	if len(b) < recHead {
		return m, 0, errRecords
	}
	size = le.Uint64(b[offSize:])
	if size < recHead || size > uint64(len(b)) || size%8 != 0 {
		return m, 0, errRecords
	}
	rec := b[:size:size]
	n1, n2, n3 := uint64(le.Uint32(rec[offS1:])), uint64(le.Uint32(rec[offS2:])), uint64(le.Uint32(rec[offS3:]))
	body := le.Uint64(rec[offBody:])
	if body > size || recHead+n1+n2+n3+3+body > size {
		return m, 0, errRecords
	}
	m = Message{
		Kind: int(le.Uint32(rec[offKind:])),
		Call: le.Uint64(rec[offCall:]),
		A:    number(math.Float64frombits(le.Uint64(rec[offA:]))),
	}
	hasBody := le.Uint32(rec[offFlags:])&flagBody != 0
	rec = rec[recHead:]
	m.S1, rec = rec[:n1:n1], rec[n1+1:]
	m.S2, rec = rec[:n2:n2], rec[n2+1:]
	m.S3, rec = rec[:n3:n3], rec[n3+1:]
	if hasBody {
		m.Body = rec[:body:body]
	}
	return m, size, nil
}

// number keeps a hostile float from being an undefined conversion.
func number(f float64) int64 {
	const limit = 1 << 53
	if !(f > -limit && f < limit) {
		return 0
	}
	return int64(f)
}
