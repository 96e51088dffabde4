package tree

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// facets.index, version 1. Numbers are little-endian.
//
//	header  magic[8]  version u32  salt[8]  crc u32        24 bytes
//	record  length u32  crc of salt, offset, length u32
//	        crc of salt, offset, body u32  body[length]
//	body    one or more operations, applied together or not at all
//
// CRCs are CRC-32C. The salt is random and no facet learns it, and each CRC
// covers the record's place: bytes that a facet put into a name cannot pass for
// a record when the reader looks for one behind a damaged place.
const (
	indexMagic   = "\x89FCTIDX\n"
	indexVersion = 1
	headerSize   = 24
	saltOffset   = 12
	frameSize    = 12
	// maxRecord bounds a record's body, in bytes: a clone of some 250,000
	// facets with the longest names is one record.
	maxRecord = 64 << 20
	// maxIndex bounds the file, in bytes.
	maxIndex = 1 << 30
)

type opKind byte

const (
	opCreate opKind = 1 // parent, number, name
	opDelete opKind = 2 // number, and all below it
	opNext   opKind = 3 // all numbers below this one are used
)

// op is one change of the tree.
type op struct {
	kind   opKind
	number Number
	parent Number
	name   string
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

type salt [8]byte

// sum is the checksum of data as it stands at offset.
func (s salt) sum(offset int64, data []byte) uint32 {
	var seed [16]byte
	copy(seed[:], s[:])
	binary.LittleEndian.PutUint64(seed[8:], uint64(offset))
	return crc32.Update(crc32.Update(0, castagnoli, seed[:]), castagnoli, data)
}

func encodeHeader(s salt) []byte {
	b := make([]byte, 0, headerSize)
	b = append(b, indexMagic...)
	b = binary.LittleEndian.AppendUint32(b, indexVersion)
	b = append(b, s[:]...)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func decodeHeader(b []byte) (s salt, err error) {
	if len(b) < headerSize {
		return s, fmt.Errorf("%w: the header is cut off at %d of %d bytes", ErrCorrupt, len(b), headerSize)
	}
	if string(b[:len(indexMagic)]) != indexMagic {
		return s, fmt.Errorf("%w: it does not begin with a facet index's magic number", ErrCorrupt)
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != indexVersion {
		return s, fmt.Errorf("%w: its version is %d, this program knows %d", ErrCorrupt, v, indexVersion)
	}
	if crc32.Checksum(b[:headerSize-4], castagnoli) != binary.LittleEndian.Uint32(b[headerSize-4:]) {
		return s, fmt.Errorf("%w: the header's checksum is wrong", ErrCorrupt)
	}
	copy(s[:], b[saltOffset:])
	return s, nil
}

// encodeRecord makes the record that holds ops at the given file offset.
func encodeRecord(s salt, offset int64, ops []op) ([]byte, error) {
	b := make([]byte, frameSize, frameSize+64*len(ops))
	for _, o := range ops {
		b = append(b, byte(o.kind))
		b = binary.AppendUvarint(b, uint64(o.number))
		if o.kind == opCreate {
			b = binary.AppendUvarint(b, uint64(o.parent))
			b = binary.AppendUvarint(b, uint64(len(o.name)))
			b = append(b, o.name...)
		}
	}
	body := b[frameSize:]
	if len(body) > maxRecord {
		return nil, fmt.Errorf("facet index: a change of %d facets needs %d bytes, a record holds %d", len(ops), len(body), maxRecord)
	}
	binary.LittleEndian.PutUint32(b, uint32(len(body)))
	binary.LittleEndian.PutUint32(b[4:], s.sum(offset, b[:4]))
	binary.LittleEndian.PutUint32(b[8:], s.sum(offset, body))
	return b, nil
}

// frame reads the frame at offset of data; ok is false where there is none.
func frame(s salt, data []byte, offset int) (length int, ok bool) {
	if len(data)-offset < frameSize {
		return 0, false
	}
	b := data[offset:]
	n := binary.LittleEndian.Uint32(b)
	if n == 0 || n > maxRecord || s.sum(int64(offset), b[:4]) != binary.LittleEndian.Uint32(b[4:]) {
		return 0, false
	}
	return int(n), true
}

// record reads the whole record at offset of data; ok is false where it is cut
// off or its checksum is wrong.
func record(s salt, data []byte, offset int) (body []byte, ok bool) {
	n, ok := frame(s, data, offset)
	if !ok || len(data)-offset-frameSize < n {
		return nil, false
	}
	body = data[offset+frameSize:][:n]
	want := binary.LittleEndian.Uint32(data[offset+8:])
	return body, s.sum(int64(offset), body) == want
}

// parseIndex reads a whole file. It returns the tree and how many bytes of the
// file are good; what follows is a torn append and to be cut off. Damage that a
// torn append cannot explain is an error that names its offset.
func parseIndex(data []byte) (t *tree, s salt, good int64, err error) {
	s, err = decodeHeader(data)
	if err != nil {
		return nil, s, 0, err
	}
	t = newTree()
	offset := headerSize
	for offset < len(data) {
		body, ok := record(s, data, offset)
		if !ok {
			if err := checkTorn(s, data, offset); err != nil {
				return nil, s, 0, err
			}
			break
		}
		if err := applyBody(t, body); err != nil {
			return nil, s, 0, fmt.Errorf("%w: record at offset %d: %w", ErrCorrupt, offset, err)
		}
		offset += frameSize + len(body)
	}
	return t, s, int64(offset), nil
}

// checkTorn tells whether the bad record at offset may be an append that a
// crash cut short. Every append is one record that ends the file, so nothing
// that is a record may follow, and its own frame, if good, must reach the end.
func checkTorn(s salt, data []byte, offset int) error {
	if n, ok := frame(s, data, offset); ok && len(data)-offset-frameSize > n {
		return fmt.Errorf("%w: the record at offset %d is damaged and is not the last", ErrCorrupt, offset)
	}
	if len(data)-offset > frameSize+maxRecord {
		return fmt.Errorf("%w: %d bytes from offset %d on are no record, more than one append can leave", ErrCorrupt, len(data)-offset, offset)
	}
	for at := offset + 1; at < len(data); at++ {
		if _, ok := record(s, data, at); ok {
			return fmt.Errorf("%w: the record at offset %d is damaged and another follows at %d", ErrCorrupt, offset, at)
		}
	}
	return nil
}

func applyBody(t *tree, body []byte) error {
	for len(body) > 0 {
		o, rest, err := decodeOp(body)
		if err != nil {
			return err
		}
		if _, err := t.apply(o); err != nil {
			return err
		}
		body = rest
	}
	return nil
}

func decodeOp(b []byte) (o op, rest []byte, err error) {
	o.kind, rest = opKind(b[0]), b[1:]
	fields := 1
	switch o.kind {
	case opCreate:
		fields = 3
	case opDelete, opNext:
	default:
		return o, nil, fmt.Errorf("unknown operation %d", o.kind)
	}
	var v [3]uint64
	for i := range fields {
		n := 0
		if v[i], n = binary.Uvarint(rest); n <= 0 {
			return o, nil, fmt.Errorf("operation %d is cut off", o.kind)
		}
		rest = rest[n:]
	}
	o.number, o.parent = Number(v[0]), Number(v[1])
	if v[2] > uint64(len(rest)) {
		return o, nil, fmt.Errorf("a name is cut off")
	}
	o.name, rest = string(rest[:v[2]]), rest[v[2]:]
	return o, rest, nil
}
