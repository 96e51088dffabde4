package value

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// field is a struct field that has a name in the encoding.
type field struct {
	name      string
	index     []int
	omitEmpty bool
	omitZero  bool
}

var fieldCache sync.Map // reflect.Type → []field

// fields lists the fields of a struct, those of embedded structs without a tag
// among them, in the order of their declaration.
func fields(t reflect.Type) []field {
	if f, ok := fieldCache.Load(t); ok {
		return f.([]field)
	}
	var out []field
	for _, f := range reflect.VisibleFields(t) {
		tag := f.Tag.Get("json")
		embedded := f.Anonymous && tag == "" && structType(f.Type) != nil
		if !f.IsExported() || tag == "-" || embedded || insideTagged(t, f.Index) {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if name == "" {
			name = f.Name
		}
		options = "," + options + ","
		out = append(out, field{
			name: name, index: f.Index,
			omitEmpty: strings.Contains(options, ",omitempty,"),
			omitZero:  strings.Contains(options, ",omitzero,"),
		})
	}
	fieldCache.Store(t, out)
	return out
}

func structType(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	return t
}

// insideTagged tells whether a field is promoted through an embedded struct
// that has a tag, and so is a field of its own.
func insideTagged(t reflect.Type, index []int) bool {
	for _, i := range index[:len(index)-1] {
		f := structType(t).Field(i)
		if f.Tag.Get("json") != "" {
			return true
		}
		t = f.Type
	}
	return false
}

// assignStruct fills the fields that an object has; other keys are passed over,
// fields without a key keep what they hold.
func assignStruct(dst reflect.Value, o map[string]any) error {
	if opaque[dst.Type()] {
		return mismatch(dst, o)
	}
	for _, f := range fields(dst.Type()) {
		v, ok := o[f.name]
		if !ok {
			continue
		}
		fv, err := reach(dst, f.index)
		if err == nil {
			err = assign(fv, v)
		}
		if err != nil {
			return fmt.Errorf("%.40q: %w", f.name, err)
		}
	}
	return nil
}

// reach finds a field and makes the embedded structs on the way to it.
func reach(v reflect.Value, index []int) (reflect.Value, error) {
	for _, i := range index {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				if !v.CanSet() {
					return v, errorf("%s is embedded by an unexported pointer", v.Type())
				}
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return v, nil
}
