package value

import "bytes"

// next tells the major type and argument of the next item without reading it.
func (d *decoder) next() (major byte, n uint64) {
	r := d.reader
	n, err := r.head()
	if err != nil {
		return majorSimple, 0 // the real read will say what is wrong
	}
	return r.major, n
}

// shareable reads the first place of an object that occurs again.
func (d *decoder) shareable(depth int) (any, error) {
	if major, tag := d.next(); major == majorTag && (tag == tagShareable || tag == tagReference) {
		return nil, errorf("an object is shared twice")
	}
	slot := len(d.shared)
	d.shared = append(d.shared, sharedValue{})
	v, err := d.value(depth)
	if err != nil {
		return nil, err
	}
	if _, undefined := v.(Undefined); v == nil || undefined || primitive(v) {
		return nil, errorf("a shared value is not an object")
	}
	d.shared[slot] = sharedValue{value: v, done: true}
	return v, nil
}

// reference reads a later place of an object: a copy, within the limits.
func (d *decoder) reference(depth int) (any, error) {
	n, err := d.expect(majorUint)
	if err != nil {
		return nil, err
	}
	if n >= uint64(len(d.shared)) {
		return nil, errorf("a reference leads nowhere")
	}
	if !d.shared[n].done {
		return nil, errorf("an object contains itself, which a Go value cannot")
	}
	return d.copy(d.shared[n].value, depth)
}

// copy copies a decoded object that stands depth containers deep.
func (d *decoder) copy(v any, depth int) (any, error) {
	switch v := v.(type) {
	case []byte:
		return d.copyBytes(v)
	case TypedArray:
		b, err := d.copyBytes(v.Bytes)
		return TypedArray{Kind: v.Kind, Bytes: b}, err
	case []any:
		return d.copyList(v, depth+1)
	case Set:
		out, err := d.copyList(v, depth+1)
		return Set(out), err
	case map[string]any:
		if err := d.enterCopy(depth+1, 2*len(v)); err != nil {
			return nil, err
		}
		out := make(map[string]any, len(v))
		for k, e := range v {
			var err error
			if out[k], err = d.copy(e, depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	case Record:
		fields, err := d.copy(v.Fields, depth)
		if err != nil {
			return nil, err
		}
		return Record{Kind: v.Kind, Fields: fields.(map[string]any)}, nil
	case Map:
		if err := d.enterCopy(depth+1, 2*len(v)); err != nil {
			return nil, err
		}
		out := make(Map, len(v))
		for i, p := range v {
			var err error
			if out[i].Key, err = d.copy(p.Key, depth+1); err != nil {
				return nil, err
			}
			if out[i].Value, err = d.copy(p.Value, depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return v, nil // immutable, or treated so
}

func (d *decoder) copyList(list []any, depth int) ([]any, error) {
	if err := d.enterCopy(depth, len(list)); err != nil {
		return nil, err
	}
	out := make([]any, len(list))
	for i, e := range list {
		var err error
		if out[i], err = d.copy(e, depth); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (d *decoder) enterCopy(depth, items int) error {
	if depth > MaxDepth {
		return errDepth
	}
	if d.items += items; d.items > MaxItems {
		return errItems
	}
	return nil
}

func (d *decoder) copyBytes(b []byte) ([]byte, error) {
	if d.copied += len(b); d.copied > MaxBytes {
		return nil, errBytes
	}
	return bytes.Clone(b), nil
}
