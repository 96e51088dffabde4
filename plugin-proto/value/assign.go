package value

import (
	"fmt"
	"math"
	"math/big"
	"reflect"
	"time"
)

// assign stores a generic value in a destination of any type.
func assign(dst reflect.Value, v any) error {
	if v != nil && reflect.TypeOf(v) == dst.Type() {
		dst.Set(reflect.ValueOf(v))
		return nil
	}
	switch {
	case dst.Kind() == reflect.Interface:
		return assignInterface(dst, v)
	case empty(v):
		dst.SetZero()
		return nil
	case dst.Kind() == reflect.Pointer:
		return assignPointer(dst, v)
	}
	switch v := v.(type) {
	case Boxed:
		return assign(dst, v.Value)
	case bool:
		if dst.Kind() == reflect.Bool {
			dst.SetBool(v)
			return nil
		}
	case string:
		if dst.Kind() == reflect.String {
			dst.SetString(v)
			return nil
		}
	case int64:
		return assignInteger(dst, v)
	case float64:
		return assignFloat(dst, v)
	case *big.Int:
		return assignBig(dst, v)
	case []byte:
		return assignBytes(dst, v)
	case TypedArray:
		return assignBytes(dst, v.Bytes)
	case []any:
		return assignList(dst, v)
	case Set:
		return assignList(dst, v)
	case map[string]any:
		return assignObject(dst, v)
	case Map:
		return assignMap(dst, v)
	}
	return mismatch(dst, v)
}

func mismatch(dst reflect.Value, v any) error {
	return errorf("a %s does not fit a %s", kindName(v), dst.Type())
}

func kindName(v any) string {
	switch v.(type) {
	case int64, float64:
		return "number"
	case *big.Int:
		return "bigint"
	case []byte:
		return "ArrayBuffer"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	}
	return reflect.TypeOf(v).Name()
}

// empty tells whether a value stands for nothing.
func empty(v any) bool {
	switch v.(type) {
	case nil, Undefined, Hole:
		return true
	}
	return false
}

func assignInterface(dst reflect.Value, v any) error {
	if v == nil {
		dst.SetZero()
		return nil
	}
	if !reflect.TypeOf(v).Implements(dst.Type()) {
		return mismatch(dst, v)
	}
	dst.Set(reflect.ValueOf(v))
	return nil
}

func assignPointer(dst reflect.Value, v any) error {
	p := reflect.New(dst.Type().Elem())
	if err := assign(p.Elem(), v); err != nil {
		return err
	}
	dst.Set(p)
	return nil
}

var bigType = reflect.TypeFor[big.Int]()

// opaque types are filled by their own kind of value only, never by an object
// or array that happens to have the same fields.
var opaque = map[reflect.Type]bool{
	bigType:                        true,
	reflect.TypeFor[time.Time]():   true,
	reflect.TypeFor[Undefined]():   true,
	reflect.TypeFor[Hole]():        true,
	reflect.TypeFor[InvalidDate](): true,
	reflect.TypeFor[Map]():         true,
	reflect.TypeFor[Set]():         true,
	reflect.TypeFor[RegExp]():      true,
	reflect.TypeFor[TypedArray]():  true,
	reflect.TypeFor[Boxed]():       true,
	reflect.TypeFor[Error]():       true,
	reflect.TypeFor[Ref]():         true,
	reflect.TypeFor[Headers]():     true,
	reflect.TypeFor[Record]():      true,
}

func assignInteger(dst reflect.Value, n int64) error {
	switch {
	case dst.Type() == bigType:
		dst.Addr().Interface().(*big.Int).SetInt64(n)
		return nil
	case dst.CanInt():
		if !dst.OverflowInt(n) {
			dst.SetInt(n)
			return nil
		}
	case dst.CanUint():
		if n >= 0 && !dst.OverflowUint(uint64(n)) {
			dst.SetUint(uint64(n))
			return nil
		}
	case dst.CanFloat():
		return assignFloat(dst, float64(n))
	default:
		return mismatch(dst, n)
	}
	return errorf("the number %d does not fit a %s", n, dst.Type())
}

func assignFloat(dst reflect.Value, f float64) error {
	if !dst.CanFloat() {
		return errorf("the number %v does not fit a %s", f, dst.Type())
	}
	if dst.OverflowFloat(f) && !math.IsInf(f, 0) {
		return errorf("the number %v does not fit a %s", f, dst.Type())
	}
	dst.SetFloat(f)
	return nil
}

func assignBig(dst reflect.Value, n *big.Int) error {
	switch {
	case dst.Type() == bigType:
		dst.Addr().Interface().(*big.Int).Set(n)
		return nil
	case dst.CanInt() && n.IsInt64() && !dst.OverflowInt(n.Int64()):
		dst.SetInt(n.Int64())
		return nil
	case dst.CanUint() && n.IsUint64() && !dst.OverflowUint(n.Uint64()):
		dst.SetUint(n.Uint64())
		return nil
	}
	return errorf("a bigint of %d bits does not fit a %s", n.BitLen(), dst.Type())
}

func assignBytes(dst reflect.Value, b []byte) error {
	switch {
	case dst.Kind() == reflect.Slice && dst.Type().Elem().Kind() == reflect.Uint8:
		dst.SetBytes(b)
		return nil
	case dst.Kind() == reflect.Array && dst.Type().Elem().Kind() == reflect.Uint8 && dst.Len() == len(b):
		reflect.Copy(dst, reflect.ValueOf(b))
		return nil
	}
	return errorf("%d bytes do not fit a %s", len(b), dst.Type())
}

func assignList(dst reflect.Value, list []any) error {
	switch {
	case opaque[dst.Type()]:
		return mismatch(dst, list)
	case dst.Kind() == reflect.Slice:
		dst.Set(reflect.MakeSlice(dst.Type(), len(list), len(list)))
	case dst.Kind() != reflect.Array:
		return mismatch(dst, list)
	case dst.Len() != len(list):
		return errorf("an array of %d elements does not fit a %s", len(list), dst.Type())
	}
	for i, e := range list {
		if err := assign(dst.Index(i), e); err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return nil
}

func assignObject(dst reflect.Value, o map[string]any) error {
	switch dst.Kind() {
	case reflect.Struct:
		return assignStruct(dst, o)
	case reflect.Map:
		if dst.Type().Key().Kind() != reflect.String {
			return mismatch(dst, o)
		}
		dst.Set(reflect.MakeMapWithSize(dst.Type(), len(o)))
		for k, e := range o {
			if err := assignEntry(dst, k, e); err != nil {
				return fmt.Errorf("%.40q: %w", k, err)
			}
		}
		return nil
	}
	return mismatch(dst, o)
}

func assignMap(dst reflect.Value, m Map) error {
	if dst.Kind() != reflect.Map {
		return mismatch(dst, m)
	}
	dst.Set(reflect.MakeMapWithSize(dst.Type(), len(m)))
	for _, p := range m {
		if err := assignEntry(dst, p.Key, p.Value); err != nil {
			return err
		}
	}
	return nil
}

func assignEntry(dst reflect.Value, k, v any) error {
	key := reflect.New(dst.Type().Key()).Elem()
	if err := assign(key, k); err != nil {
		return err
	}
	if !key.Comparable() {
		return errorf("a %s cannot be a key of a %s", kindName(k), dst.Type())
	}
	value := reflect.New(dst.Type().Elem()).Elem()
	if err := assign(value, v); err != nil {
		return err
	}
	dst.SetMapIndex(key, value)
	return nil
}
