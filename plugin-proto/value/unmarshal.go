package value

import "reflect"

// Unmarshal decodes data into what out points to. undefined and null become the
// zero value of a destination that is not an any. Errors: ErrValue.
func Unmarshal(data []byte, out any) error {
	dst := reflect.ValueOf(out)
	if dst.Kind() != reflect.Pointer || dst.IsNil() {
		return errorf("the destination is %T, not a pointer", out)
	}
	v, err := decode(data)
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
func decode(data []byte) (any, error) {
	switch {
	case len(data) == 0:
		return nil, errorf("it is empty")
	case len(data) > MaxBytes:
		return nil, errBytes
	case data[0] == formJSON:
		return decodeJSON(data[1:])
	case data[0] == formCBOR:
		return decodeCBOR(data[1:])
	}
	return nil, errorf("its form 0x%02x is unknown", data[0])
}
