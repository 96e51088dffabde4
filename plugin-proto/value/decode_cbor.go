package value

import (
	"bytes"
	"math"
	"math/big"
	"time"
)

// decoder builds the generic form of a CBOR item.
type decoder struct {
	reader
	items  int
	copied int // bytes
	shared []sharedValue
	// resolve makes what stands in the place of a reference; nil leaves it.
	resolve func(Ref) (any, error)
}

// sharedValue is what a tag 28 holds; until it is complete it cannot be
// referred to, as that would be a cycle.
type sharedValue struct {
	value any
	done  bool
}

func decodeCBOR(data []byte, resolve func(Ref) (any, error)) (any, error) {
	d := decoder{reader: reader{data: data}, resolve: resolve}
	v, err := d.value(0)
	if err == nil && len(d.data) > 0 {
		err = errorf("%d bytes follow it", len(d.data))
	}
	return v, err
}

// count counts items before memory is taken for them: each takes a byte, so a
// lying length shows.
func (d *decoder) count(n, each uint64) error {
	if n > uint64(len(d.data)) {
		return errShort
	}
	d.items += int(n * each)
	if d.items > MaxItems {
		return errItems
	}
	return nil
}

// value reads an item that is not a hole.
func (d *decoder) value(depth int) (any, error) {
	v, err := d.element(depth)
	if _, hole := v.(Hole); hole && err == nil {
		err = errorf("a hole is outside an array")
	}
	return v, err
}

// element reads an item; depth is how many containers it is in.
func (d *decoder) element(depth int) (any, error) {
	n, err := d.head()
	if err != nil {
		return nil, err
	}
	switch d.major {
	case majorUint:
		return int64(n), nil
	case majorNegInt:
		return number(-1 - float64(n)), nil
	case majorBytes:
		b, err := d.take(n)
		return bytes.Clone(b), err
	case majorText:
		return d.text(n)
	case majorArray:
		return d.array(n, depth+1)
	case majorMap:
		return d.object(n, depth+1)
	case majorTag:
		return d.tagged(n, depth)
	}
	return d.simple()
}

func (d *decoder) simple() (any, error) {
	switch d.info {
	case simpleFalse:
		return false, nil
	case simpleTrue:
		return true, nil
	case simpleNull:
		return nil, nil
	case simpleUndefined:
		return Undefined{}, nil
	case simpleFloat64:
		f, err := d.float64()
		return number(f), err
	}
	return nil, errorf("it has the unknown simple value %d", d.info)
}

// number gives a JavaScript number its one Go form.
func number(f float64) any {
	if i := int64(f); math.Abs(f) <= maxSafe && float64(i) == f && (i != 0 || !math.Signbit(f)) {
		return i
	}
	return f
}

func (d *decoder) enter(depth int, n, each uint64) error {
	if depth > MaxDepth {
		return errDepth
	}
	return d.count(n, each)
}

func (d *decoder) array(n uint64, depth int) (any, error) {
	if err := d.enter(depth, n, 1); err != nil {
		return nil, err
	}
	out := make([]any, n)
	for i := range out {
		var err error
		if out[i], err = d.element(depth); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (d *decoder) object(n uint64, depth int) (any, error) {
	if err := d.enter(depth, n, 2); err != nil {
		return nil, err
	}
	out := make(map[string]any, n)
	for range n {
		size, err := d.expect(majorText)
		if err != nil {
			return nil, err
		}
		key, err := d.text(size)
		if err != nil {
			return nil, err
		}
		if out[key], err = d.value(depth); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (d *decoder) tagged(tag uint64, depth int) (any, error) {
	switch tag {
	case tagDate:
		return d.date()
	case tagBig, tagNegativeBig:
		return d.bigint(tag == tagNegativeBig)
	case tagShareable:
		return d.shareable(depth)
	case tagReference:
		return d.reference(depth)
	case tagSet:
		return d.set(depth + 1)
	case tagMap:
		return d.mapping(depth + 1)
	case tagRegExp:
		s, err := d.texts(2)
		if err != nil {
			return nil, err
		}
		return RegExp{Source: s[0], Flags: s[1]}, nil
	case tagView:
		return d.view()
	case tagError:
		s, err := d.texts(3)
		if err != nil {
			return nil, err
		}
		return Error{Name: s[0], Message: s[1], Stack: s[2]}, nil
	case tagBoxed:
		return d.boxed(depth)
	case tagHole:
		if _, err := d.head(); err != nil || d.major != majorSimple || d.info != simpleNull {
			return nil, errorf("a hole is not null")
		}
		return Hole{}, nil
	case tagRef:
		return d.ref()
	case tagHeaders:
		return d.headers()
	case tagRequest, tagResponse:
		return d.record(recordKinds[tag], depth+1)
	}
	return nil, errorf("it has the unknown tag %d", tag)
}

func (d *decoder) date() (any, error) {
	if _, err := d.expect(majorSimple); err != nil {
		return nil, err
	}
	if d.info != simpleFloat64 {
		return nil, errorf("a date is not a float64")
	}
	seconds, err := d.float64()
	if err != nil {
		return nil, err
	}
	ms := math.Round(seconds * 1000)
	if !(math.Abs(ms) <= maxTime) { // NaN too
		return InvalidDate{}, nil
	}
	return time.UnixMilli(int64(ms)).UTC(), nil
}

func (d *decoder) bigint(negative bool) (any, error) {
	n, err := d.expect(majorBytes)
	if err != nil {
		return nil, err
	}
	b, err := d.take(n)
	if err != nil {
		return nil, err
	}
	v := new(big.Int).SetBytes(b)
	if negative {
		v.Not(v) // -1 - v (RFC 8949 section 3.4.3)
	}
	return v, nil
}

func (d *decoder) set(depth int) (any, error) {
	n, err := d.expect(majorArray)
	if err != nil {
		return nil, err
	}
	if err := d.enter(depth, n, 1); err != nil {
		return nil, err
	}
	out := make(Set, n)
	for i := range out {
		if out[i], err = d.value(depth); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (d *decoder) mapping(depth int) (any, error) {
	n, err := d.expect(majorMap)
	if err != nil {
		return nil, err
	}
	if err := d.enter(depth, n, 2); err != nil {
		return nil, err
	}
	out := make(Map, n)
	for i := range out {
		if out[i].Key, err = d.value(depth); err != nil {
			return nil, err
		}
		if out[i].Value, err = d.value(depth); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (d *decoder) view() (any, error) {
	if n, err := d.expect(majorArray); err != nil || n != 2 {
		return nil, errorf("a typed array has the wrong content")
	}
	size, err := d.expect(majorText)
	if err != nil {
		return nil, err
	}
	var a TypedArray
	if a.Kind, err = d.text(size); err != nil {
		return nil, err
	}
	if size, err = d.expect(majorBytes); err != nil {
		return nil, err
	}
	b, err := d.take(size)
	if err != nil {
		return nil, err
	}
	a.Bytes = bytes.Clone(b)
	return a, a.check()
}

// boxed looks before it reads: boxes in boxes would be a recursion that no
// level of nesting bounds.
func (d *decoder) boxed(depth int) (any, error) {
	if major, tag := d.next(); major == majorTag && tag != tagBig && tag != tagNegativeBig {
		return nil, errorf("a boxed value is not a primitive")
	}
	v, err := d.value(depth)
	if err != nil {
		return nil, err
	}
	if !primitive(v) {
		return nil, errorf("a boxed value is not a primitive")
	}
	return Boxed{Value: v}, nil
}

// primitive tells whether a generic value may be boxed.
func primitive(v any) bool {
	switch v.(type) {
	case bool, int64, float64, string, *big.Int:
		return true
	}
	return false
}
