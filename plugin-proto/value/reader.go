package value

import (
	"encoding/binary"
	"math"
	"unicode/utf8"
)

// reader reads CBOR heads and payloads; every length is checked against what is
// left. Indefinite lengths, half and single floats are not in the format.
type reader struct {
	data  []byte
	major byte
	info  byte // the low five bits of the last head
}

var errShort = errorf("it ends too early")

func (r *reader) take(n uint64) ([]byte, error) {
	if n > uint64(len(r.data)) {
		return nil, errShort
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b, nil
}

// head reads an initial byte and its argument, not that of a float. The
// argument is at most maxSafe.
func (r *reader) head() (uint64, error) {
	b, err := r.take(1)
	if err != nil {
		return 0, err
	}
	r.major, r.info = b[0]>>5, b[0]&31
	if r.info < 24 || r.major == majorSimple {
		return uint64(r.info), nil
	}
	if r.info > 27 {
		return 0, errorf("it has an indefinite length")
	}
	if b, err = r.take(1 << (r.info - 24)); err != nil {
		return 0, err
	}
	var wide [8]byte
	copy(wide[8-len(b):], b)
	n := binary.BigEndian.Uint64(wide[:])
	if n > maxSafe {
		return 0, errorf("an integer is too large")
	}
	return n, nil
}

// expect reads a head of the given major type.
func (r *reader) expect(major byte) (uint64, error) {
	n, err := r.head()
	if err == nil && r.major != major {
		err = errorf("a tag or key has content of the wrong type")
	}
	return n, err
}

func (r *reader) float64() (float64, error) {
	b, err := r.take(8)
	if err != nil {
		return 0, err
	}
	return math.Float64frombits(binary.BigEndian.Uint64(b)), nil
}

func (r *reader) text(n uint64) (string, error) {
	b, err := r.take(n)
	if err == nil && !utf8.Valid(b) {
		err = errorf("a string is not UTF-8")
	}
	return string(b), err
}

// texts reads an array of n strings.
func (r *reader) texts(n int) ([]string, error) {
	got, err := r.expect(majorArray)
	if err != nil {
		return nil, err
	}
	if got != uint64(n) {
		return nil, errorf("a tag has %d strings, not %d", got, n)
	}
	out := make([]string, n)
	for i := range out {
		size, err := r.expect(majorText)
		if err != nil {
			return nil, err
		}
		if out[i], err = r.text(size); err != nil {
			return nil, err
		}
	}
	return out, nil
}
