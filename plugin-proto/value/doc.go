// Package value reads and writes encoded values, version 1, as docs/values.md
// defines them: the arguments and results of method calls, props and env. The
// JavaScript side is facet/workers/src/codec; both are held to the same vectors.
//
// What a Go value becomes, and what a decoded value is where the destination is
// an any:
//
//	JavaScript                  Go
//	null, undefined             nil, Undefined{}
//	boolean, string             bool, string
//	number                      int64 where it is a safe integer, else float64
//	bigint                      *big.Int
//	Date                        time.Time in UTC, InvalidDate{}
//	ArrayBuffer                 []byte
//	typed array, DataView       TypedArray
//	array, hole in an array     []any, Hole{}
//	plain object                map[string]any
//	Map, Set                    Map, Set
//	RegExp, Error               RegExp, Error
//	boxed primitive             Boxed
//	Headers                     Headers
//	Request, Response           Record
//	function, RpcTarget, stub,
//	class, stream               Ref, or what UnmarshalRefs is told
//
// [Marshal] also takes other integers and floats, pointers, slices, arrays, maps
// with string keys and structs; [Unmarshal] also fills them. A struct's fields
// go by their json tags ("-", omitempty and omitzero are understood; methods
// such as MarshalJSON are not called).
//
// An object that occurs more than once is decoded as so many copies, each
// counted against the limits; a cycle, which a Go value of these types cannot
// hold, is refused. Marshal writes what it meets twice twice.
//
// Input is not trusted: it may come from an application. It is bounded in
// bytes, items and depth, before memory is taken for it; what breaks a bound or
// the format is ErrValue. All functions are safe for concurrent use; nothing
// decoded shares memory with the input.
package value
