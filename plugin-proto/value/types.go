package value

import (
	"errors"
	"fmt"
)

// Limits of an encoded value (docs/values.md), for reading and writing.
const (
	// MaxDepth is how deep arrays, objects, maps and sets may be nested.
	MaxDepth = 128
	// MaxItems is how many elements, keys and values all of them may have.
	MaxItems = 1_000_000
	// MaxBytes is the size of an encoded value, and the bytes that objects which
	// occur more than once may add to it when they are copied.
	MaxBytes = 32 << 20
)

// ErrValue is wrapped by every error of this package: the value cannot be
// encoded, the input is not an encoded value, or it does not fit the
// destination.
var ErrValue = errors.New("value")

func errorf(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrValue}, args...)...)
}

var (
	errDepth = errorf("it is nested deeper than %d levels", MaxDepth)
	errItems = errorf("it has more than %d items", MaxItems)
	errBytes = errorf("it is larger than %d bytes", MaxBytes)
)

// Undefined is JavaScript's undefined.
type Undefined struct{}

// Hole is an element that an array does not have. Only an element may be one.
type Hole struct{}

// InvalidDate is a Date that holds no time.
type InvalidDate struct{}

// Map is a Map, in insertion order.
type Map []Pair

// Pair is an entry of a Map.
type Pair struct{ Key, Value any }

// Set is a Set, in insertion order.
type Set []any

// RegExp is a regular expression. It is not checked here; JavaScript refuses
// one that does not compile.
type RegExp struct{ Source, Flags string }

// TypedArray is a typed array or DataView over the whole of its buffer.
type TypedArray struct {
	Kind  string // the constructor's name
	Bytes []byte // little-endian elements
}

// Boxed is a Boolean, Number, String or BigInt object.
type Boxed struct{ Value any }

// Error is an Error object. Names other than those of the built-in classes
// become "Error" in JavaScript (fact F50).
type Error struct{ Name, Message, Stack string }

func (e Error) Error() string { return e.Name + ": " + e.Message }

// elementSizes are the constructors that a TypedArray may have.
var elementSizes = map[string]int{
	"DataView": 1, "Int8Array": 1, "Uint8Array": 1, "Uint8ClampedArray": 1,
	"Int16Array": 2, "Uint16Array": 2, "Float16Array": 2,
	"Int32Array": 4, "Uint32Array": 4, "Float32Array": 4,
	"Float64Array": 8, "BigInt64Array": 8, "BigUint64Array": 8,
}

func (a TypedArray) check() error {
	size, ok := elementSizes[a.Kind]
	if !ok || len(a.Bytes)%size != 0 {
		return errorf("%d bytes are no %.20q", len(a.Bytes), a.Kind)
	}
	return nil
}

// maxSafe is Number.MAX_SAFE_INTEGER.
const maxSafe = 1<<53 - 1

// maxTime is the largest time of a Date, in milliseconds (ECMA-262, time
// values).
const maxTime = 8.64e15

// First bytes of an encoded value, and the CBOR tags of docs/values.md.
const (
	formJSON = 'J'
	formCBOR = 'C'

	tagDate        = 1
	tagBig         = 2
	tagNegativeBig = 3
	tagShareable   = 28
	tagReference   = 29
	tagSet         = 258
	tagMap         = 259
	tagRegExp      = 21066
	tagView        = 39001
	tagError       = 39002
	tagBoxed       = 39003
	tagHole        = 39004
	tagRef         = 39005
	tagHeaders     = 39006
	tagRequest     = 39007
	tagResponse    = 39008
)

// CBOR major types (RFC 8949 section 3.1) and simple values.
const (
	majorUint   = 0
	majorNegInt = 1
	majorBytes  = 2
	majorText   = 3
	majorArray  = 4
	majorMap    = 5
	majorTag    = 6
	majorSimple = 7

	simpleFalse     = 20
	simpleTrue      = 21
	simpleNull      = 22
	simpleUndefined = 23
	simpleFloat64   = 27
)
