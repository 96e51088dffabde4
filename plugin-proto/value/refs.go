package value

import "reflect"

// MaxRefs is how many references a message may carry.
const MaxRefs = 1024

// Ref is a reference: its place in the list of the message that carries the value
// (docs/projects.md, References).
type Ref struct{ Place uint64 }

// Headers is a Headers object: name, value, name, value, …
type Headers []string

// Record is a Request or Response. Its body, where it has one, is a reference.
type Record struct {
	Kind   string // "Request" or "Response"
	Fields map[string]any
}

// MarshalRefs is Marshal for values that hold what only the caller can send: place is
// asked about each value first, and says where in the message's list a reference to
// it stands; false where it is an ordinary one.
func MarshalRefs(v any, place func(v any) (ref Ref, ok bool, err error)) ([]byte, error) {
	return marshal(v, normalizer{exact: true, place: place})
}

// UnmarshalRefs is Unmarshal with resolve making what stands in the place of a
// reference.
func UnmarshalRefs(data []byte, out any, resolve func(Ref) (any, error)) error {
	return unmarshal(data, out, resolve)
}

var recordKinds = map[uint64]string{tagRequest: "Request", tagResponse: "Response"}

func recordTag(kind string) (uint64, bool) {
	for tag, k := range recordKinds {
		if k == kind {
			return tag, true
		}
	}
	return 0, false
}

func (d *decoder) ref() (any, error) {
	n, err := d.expect(majorUint)
	if err != nil {
		return nil, err
	}
	if n >= MaxRefs {
		return nil, errorf("a reference to place %d of a list of at most %d", n, MaxRefs)
	}
	if d.resolve != nil {
		return d.resolve(Ref{n})
	}
	return Ref{n}, nil
}

func (d *decoder) headers() (any, error) {
	n, err := d.expect(majorArray)
	if err != nil {
		return nil, err
	}
	if n%2 != 0 {
		return nil, errorf("a header field without a value")
	}
	if err := d.count(n, 1); err != nil {
		return nil, err
	}
	out := make(Headers, n)
	for i := range out {
		size, err := d.expect(majorText)
		if err != nil {
			return nil, err
		}
		if out[i], err = d.text(size); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (d *decoder) record(kind string, depth int) (any, error) {
	n, err := d.expect(majorMap)
	if err != nil {
		return nil, err
	}
	fields, err := d.object(n, depth)
	if err != nil {
		return nil, err
	}
	return Record{Kind: kind, Fields: fields.(map[string]any)}, nil
}

// reference handles what this file adds to the types that Marshal knows.
func (n *normalizer) reference(v any, depth int) (g any, ok bool, err error) {
	if n.place != nil {
		if ref, ok, err := n.place(v); ok || err != nil {
			n.exact = false
			return ref, true, err
		}
	}
	switch v := v.(type) {
	case Ref:
		n.exact = false
		if v.Place >= MaxRefs {
			return nil, true, errorf("a reference to place %d of a list of at most %d", v.Place, MaxRefs)
		}
		return v, true, nil
	case Headers:
		n.exact = false
		if len(v)%2 != 0 {
			return nil, true, errorf("a header field without a value")
		}
		for _, s := range v {
			if err := n.size(len(s)); err != nil {
				return nil, true, err
			}
		}
		return v, true, n.enter(0, len(v))
	case Record:
		n.exact = false
		if _, known := recordTag(v.Kind); !known {
			return nil, true, errorf("a record of the unknown kind %.20q", v.Kind)
		}
		fields, err := n.stringMap(reflect.ValueOf(v.Fields), depth)
		if err != nil {
			return nil, true, err
		}
		return record{kind: v.Kind, fields: fields.(object)}, true, nil
	}
	return nil, false, nil
}

// record is a Record in normalised form.
type record struct {
	kind   string
	fields object
}

func appendRecord(b []byte, r record) []byte {
	tag, _ := recordTag(r.kind)
	return appendCBOR(appendHead(b, majorTag, tag), r.fields)
}
