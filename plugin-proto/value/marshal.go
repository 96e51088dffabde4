package value

import (
	"fmt"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Marshal encodes a value: as JSON where that keeps it exactly, as CBOR
// otherwise. A nil slice is an empty array and a nil map an empty object; a nil
// pointer or any is null. Keys of maps are sorted. Integers beyond the safe
// ones of JavaScript are refused: give a *big.Int for a bigint, or a float64.
// Strings that are not UTF-8 get U+FFFD. Errors: ErrValue.
func Marshal(v any) ([]byte, error) { return marshal(v, normalizer{exact: true}) }

func marshal(v any, n normalizer) ([]byte, error) {
	g, err := n.nested(reflect.ValueOf(v), 0)
	if err != nil {
		return nil, err
	}
	var data []byte
	if n.exact {
		data = appendJSON([]byte{formJSON}, g)
	} else {
		data = appendCBOR([]byte{formCBOR}, g)
	}
	if len(data) > MaxBytes {
		return nil, errBytes
	}
	return data, nil
}

// object is an object with the order of its keys.
type object []member

type member struct {
	key   string
	value any
}

// normalizer turns any Go value into the generic form, with object for plain
// objects, and finds out whether JSON keeps it.
type normalizer struct {
	items, bytes int
	exact        bool
	// place finds the references of values that only the caller knows; see MarshalRefs.
	place func(any) (Ref, bool, error)
}

func (n *normalizer) value(v reflect.Value, depth int) (any, error) {
	if !v.IsValid() {
		return nil, nil
	}
	if v.CanInterface() {
		if g, ok, err := n.reference(v.Interface(), depth); ok || err != nil {
			return g, err
		}
		if g, ok, err := n.known(v.Interface(), depth); ok || err != nil {
			return g, err
		}
	}
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.String:
		return n.text(v.String())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if i := v.Int(); i >= -maxSafe && i <= maxSafe {
			return i, nil
		}
		return nil, errorf("%d is beyond the integers that JavaScript numbers keep; use a *big.Int", v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if u := v.Uint(); u <= maxSafe {
			return int64(u), nil
		}
		return nil, errorf("%d is beyond the integers that JavaScript numbers keep; use a *big.Int", v.Uint())
	case reflect.Float32, reflect.Float64:
		return n.float(v.Float()), nil
	case reflect.Pointer, reflect.Interface:
		return n.pointer(v, depth)
	case reflect.Slice, reflect.Array:
		return n.list(v, depth)
	case reflect.Map:
		return n.stringMap(v, depth)
	case reflect.Struct:
		return n.structure(v, depth)
	}
	return nil, errorf("a %s cannot be encoded", v.Type())
}

// pointer follows a pointer. Pointers that lead in a circle never end, so each
// step counts as a level.
func (n *normalizer) pointer(v reflect.Value, depth int) (any, error) {
	if v.IsNil() {
		return nil, nil
	}
	if v.Kind() == reflect.Pointer {
		depth++
	}
	if depth > MaxDepth {
		return nil, errDepth
	}
	return n.value(v.Elem(), depth)
}

// known handles the types that stand for something of JavaScript's.
func (n *normalizer) known(v any, depth int) (g any, ok bool, err error) {
	switch v := v.(type) {
	case Undefined, InvalidDate, Hole:
		n.exact = false
		return v, true, nil
	case time.Time:
		n.exact = false
		if ms := float64(v.Unix()) * 1000; math.Abs(ms) > maxTime {
			return nil, true, errorf("the time %s is beyond what a Date holds", v)
		}
		return v, true, nil
	case *big.Int:
		if v == nil {
			return nil, true, nil
		}
		n.exact = false
		return v, true, n.size(v.BitLen() / 8)
	case big.Int:
		n.exact = false
		return &v, true, n.size(v.BitLen() / 8)
	case []byte:
		n.exact = false
		return v, true, n.size(len(v))
	case TypedArray:
		n.exact = false
		if err := n.size(len(v.Bytes)); err != nil {
			return nil, true, err
		}
		return v, true, v.check()
	case RegExp:
		n.exact = false
		return v, true, n.size(len(v.Source) + len(v.Flags))
	case Error:
		n.exact = false
		return v, true, n.size(len(v.Name) + len(v.Message) + len(v.Stack))
	case Boxed:
		n.exact = false
		inner, err := n.value(reflect.ValueOf(v.Value), depth+1)
		if err == nil && !primitive(inner) {
			err = errorf("a %T cannot be boxed", v.Value)
		}
		return Boxed{Value: inner}, true, err
	case Set:
		n.exact = false
		out, err := n.set(v, depth+1)
		return out, true, err
	case Map:
		n.exact = false
		out, err := n.mapping(v, depth+1)
		return out, true, err
	}
	return nil, false, nil
}

// enter counts a container and what is in it.
func (n *normalizer) enter(depth, items int) error {
	if depth > MaxDepth {
		return errDepth
	}
	if n.items += items; n.items > MaxItems {
		return errItems
	}
	return nil
}

// size counts bytes, so that what cannot be sent is not built.
func (n *normalizer) size(bytes int) error {
	if n.bytes += bytes; n.bytes > MaxBytes {
		return errBytes
	}
	return nil
}

func (n *normalizer) text(s string) (any, error) {
	return strings.ToValidUTF8(s, "\uFFFD"), n.size(len(s))
}

func (n *normalizer) float(f float64) any {
	g := number(f)
	if f, ok := g.(float64); ok && (f == 0 || math.IsNaN(f) || math.IsInf(f, 0)) {
		n.exact = false // -0, NaN, infinities
	}
	return g
}

// nested is value for a place where a hole cannot be.
func (n *normalizer) nested(v reflect.Value, depth int) (any, error) {
	g, err := n.value(v, depth)
	if _, hole := g.(Hole); hole && err == nil {
		err = errorf("a hole is outside an array")
	}
	return g, err
}

func (n *normalizer) list(v reflect.Value, depth int) (any, error) {
	if v.Type().Elem().Kind() == reflect.Uint8 && v.Type().Elem().PkgPath() == "" {
		n.exact = false
		b := make([]byte, v.Len())
		reflect.Copy(reflect.ValueOf(b), v)
		return b, n.size(len(b))
	}
	if err := n.enter(depth+1, v.Len()); err != nil {
		return nil, err
	}
	out := make([]any, v.Len())
	for i := range out {
		var err error
		if out[i], err = n.value(v.Index(i), depth+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (n *normalizer) set(s Set, depth int) (Set, error) {
	if err := n.enter(depth, len(s)); err != nil {
		return nil, err
	}
	out := make(Set, len(s))
	for i, v := range s {
		var err error
		if out[i], err = n.nested(reflect.ValueOf(v), depth); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (n *normalizer) mapping(m Map, depth int) (Map, error) {
	if err := n.enter(depth, 2*len(m)); err != nil {
		return nil, err
	}
	out := make(Map, len(m))
	for i, p := range m {
		var err error
		if out[i].Key, err = n.nested(reflect.ValueOf(p.Key), depth); err != nil {
			return nil, err
		}
		if out[i].Value, err = n.nested(reflect.ValueOf(p.Value), depth); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (n *normalizer) stringMap(v reflect.Value, depth int) (any, error) {
	if v.Type().Key().Kind() != reflect.String {
		return nil, errorf("a %s cannot be encoded: its keys are not strings; use a Map", v.Type())
	}
	if err := n.enter(depth+1, 2*v.Len()); err != nil {
		return nil, err
	}
	out := make(object, 0, v.Len())
	for it := v.MapRange(); it.Next(); {
		m, err := n.member(it.Key().String(), it.Value(), depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b member) int { return strings.Compare(a.key, b.key) })
	return out, nil
}

func (n *normalizer) structure(v reflect.Value, depth int) (any, error) {
	list := fields(v.Type())
	if err := n.enter(depth+1, 2*len(list)); err != nil {
		return nil, err
	}
	out := make(object, 0, len(list))
	for _, f := range list {
		fv, err := v.FieldByIndexErr(f.index)
		if err != nil || f.omitZero && fv.IsZero() || f.omitEmpty && isEmpty(fv) {
			continue // err: an embedded pointer is nil
		}
		m, err := n.member(f.name, fv, depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

func (n *normalizer) member(key string, v reflect.Value, depth int) (m member, err error) {
	if err := n.size(len(key)); err != nil {
		return m, err
	}
	m.key = strings.ToValidUTF8(key, "\uFFFD")
	if m.value, err = n.nested(v, depth); err != nil {
		err = fmt.Errorf("%.40q: %w", key, err)
	}
	return m, err
}

// isEmpty is encoding/json's idea of empty.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}
