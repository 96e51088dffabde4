package value

import "reflect"

// Unmarshal decodes data into what out points to. undefined and null become the
// zero value of a destination that is not an any. Errors: ErrValue.
func Unmarshal(data []byte, out any) error { return unmarshal(data, out, nil) }

func unmarshal(data []byte, out any, resolve func(Ref) (any, error)) error {
	dst := reflect.ValueOf(out)
	if dst.Kind() != reflect.Pointer || dst.IsNil() {
		return errorf("the destination is %T, not a pointer", out)
	}
	v, err := decode(data, resolve)
	if err != nil {
		return err
	}
	if p, ok := out.(*any); ok {
		*p = v
		return nil
	}
	return assign(dst.Elem(), v)
}

// decode builds the generic form of an encoded value.
func decode(data []byte, resolve func(Ref) (any, error)) (any, error) {
	switch {
	case len(data) == 0:
		return nil, errorf("it is empty")
	case len(data) > MaxBytes:
		return nil, errBytes
	case data[0] == formJSON:
		return decodeJSON(data[1:])
	case data[0] == formCBOR:
		return decodeCBOR(data[1:], resolve)
	}
	return nil, errorf("its form 0x%02x is unknown", data[0])
}
