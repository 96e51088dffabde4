package storage

/*
#include "storage.h"
#include "wrapper.h"
*/
import "C"

import "unsafe"

// Value is what a key holds: text or bytes, as it was put.
type Value struct {
	Bytes []byte
	Text  bool
}

// Range selects keys in UTF-8 byte order. The zero value selects all.
type Range struct {
	// From is where to start: the lowest key, or with Reverse the highest one.
	// Nil: open.
	From *string
	// FromInclusive includes From itself.
	FromInclusive bool
	// End is where to stop: exclusive, or with Reverse inclusive. Nil: open.
	End *string
	// Reverse walks from high to low.
	Reverse bool
}

// KVGet returns the value of key and whether there is one.
func (s *Store) KVGet(key string) (Value, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var v C.fst_value
	rc := C.fst_kv_get(s.c, chars(key), C.size_t(len(key)), &v)
	if rc != C.FST_ROW {
		return Value{}, false, s.err(rc)
	}
	return toValue(&v), true, nil
}

// KVPut sets key to v.
func (s *Store) KVPut(key string, v Value) error {
	values := C.fst_values_new(1)
	defer C.fst_values_free(values, 1)
	typ := C.int(C.FST_BLOB)
	if v.Text {
		typ = C.FST_TEXT
	}
	setBytes(values, 0, typ, v.Bytes)
	return s.do(func() C.int { return C.fst_kv_put(s.c, chars(key), C.size_t(len(key)), values) })
}

// KVDelete removes key and tells whether it was there.
func (s *Store) KVDelete(key string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rc := C.fst_kv_delete(s.c, chars(key), C.size_t(len(key)))
	return rc == C.FST_ROW, s.err(rc)
}

// KVNext returns the first pair of the range and whether there is one. Walk on
// with From set to the key it returned and FromInclusive false.
func (s *Store) KVNext(r Range) (key string, v Value, ok bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var from, end *C.char
	var fromSize, endSize C.size_t
	if r.From != nil {
		from, fromSize = chars(*r.From), C.size_t(len(*r.From))
	}
	if r.End != nil {
		end, endSize = chars(*r.End), C.size_t(len(*r.End))
	}
	flags := C.int(0)
	if r.Reverse {
		flags |= C.FST_REVERSE
	}
	if r.FromInclusive {
		flags |= C.FST_FROM_INCLUSIVE
	}
	var ck, cv C.fst_value
	rc := C.fst_kv_next(s.c, from, fromSize, end, endSize, flags, &ck, &cv)
	if rc != C.FST_ROW {
		return "", Value{}, false, s.err(rc)
	}
	return string(toValue(&ck).Bytes), toValue(&cv), true, nil
}

// toValue copies a value out of C memory that lives until the next call.
func toValue(v *C.fst_value) Value {
	return Value{Bytes: C.GoBytes(unsafe.Pointer(v.data), C.int(v.size)), Text: v._type == C.FST_TEXT}
}
