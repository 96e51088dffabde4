package value

import (
	"encoding/binary"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// appendJSON writes a normalised value that JSON keeps exactly.
func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case float64:
		return strconv.AppendFloat(b, v, 'g', -1, 64)
	case string:
		return appendJSONString(b, v)
	case []any:
		b = append(b, '[')
		for i, e := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, e)
		}
		return append(b, ']')
	}
	b = append(b, '{')
	for i, m := range v.(object) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendJSONString(b, m.key), ':')
		b = appendJSON(b, m.value)
	}
	return append(b, '}')
}

// appendJSONString escapes what JSON.stringify escapes, as it does.
func appendJSONString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := range len(s) {
		c := s[i]
		if e := strings.IndexByte("\b\f\n\r\t\"\\", c); e >= 0 {
			b = append(b, '\\', `bfnrt"\`[e])
		} else if c < ' ' {
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return append(b, '"')
}

func appendHead(b []byte, major byte, n uint64) []byte {
	m := major << 5
	switch {
	case n < 24:
		return append(b, m|byte(n))
	case n <= math.MaxUint8:
		return append(b, m|24, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, m|25), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, m|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, m|27), n)
}

func appendBytes(b, data []byte) []byte {
	return append(appendHead(b, majorBytes, uint64(len(data))), data...)
}

func appendText(b []byte, s string) []byte {
	return append(appendHead(b, majorText, uint64(len(s))), s...)
}

// appendFloat writes every NaN as the one that JavaScript engines write.
func appendFloat(b []byte, f float64) []byte {
	bits := uint64(0x7ff8_0000_0000_0000)
	if !math.IsNaN(f) {
		bits = math.Float64bits(f)
	}
	return binary.BigEndian.AppendUint64(append(b, majorSimple<<5|simpleFloat64), bits)
}

func appendSimple(b []byte, simple byte) []byte { return append(b, majorSimple<<5|simple) }

// appendTexts writes a tag that holds an array of strings.
func appendTexts(b []byte, tag uint64, texts ...string) []byte {
	b = appendHead(appendHead(b, majorTag, tag), majorArray, uint64(len(texts)))
	for _, s := range texts {
		b = appendText(b, strings.ToValidUTF8(s, "\uFFFD"))
	}
	return b
}

func appendList(b []byte, list []any) []byte {
	b = appendHead(b, majorArray, uint64(len(list)))
	for _, e := range list {
		b = appendCBOR(b, e)
	}
	return b
}

// appendCBOR writes a normalised value.
func appendCBOR(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return appendSimple(b, simpleNull)
	case Undefined:
		return appendSimple(b, simpleUndefined)
	case Hole:
		return appendSimple(appendHead(b, majorTag, tagHole), simpleNull)
	case bool:
		if v {
			return appendSimple(b, simpleTrue)
		}
		return appendSimple(b, simpleFalse)
	case int64:
		if v < 0 {
			return appendHead(b, majorNegInt, uint64(-1-v))
		}
		return appendHead(b, majorUint, uint64(v))
	case float64:
		return appendFloat(b, v)
	case string:
		return appendText(b, v)
	case *big.Int:
		return appendBig(b, v)
	case time.Time:
		return appendFloat(appendHead(b, majorTag, tagDate), float64(v.UnixMilli())/1000)
	case InvalidDate:
		return appendFloat(appendHead(b, majorTag, tagDate), math.NaN())
	case []byte:
		return appendBytes(b, v)
	case TypedArray:
		b = appendHead(appendHead(b, majorTag, tagView), majorArray, 2)
		return appendBytes(appendText(b, v.Kind), v.Bytes)
	case RegExp:
		return appendTexts(b, tagRegExp, v.Source, v.Flags)
	case Error:
		return appendTexts(b, tagError, v.Name, v.Message, v.Stack)
	case Boxed:
		return appendCBOR(appendHead(b, majorTag, tagBoxed), v.Value)
	case Ref:
		return appendHead(appendHead(b, majorTag, tagRef), majorUint, v.Place)
	case Headers:
		return appendTexts(b, tagHeaders, v...)
	case record:
		return appendRecord(b, v)
	case []any:
		return appendList(b, v)
	case Set:
		return appendList(appendHead(b, majorTag, tagSet), v)
	case Map:
		b = appendHead(appendHead(b, majorTag, tagMap), majorMap, uint64(len(v)))
		for _, p := range v {
			b = appendCBOR(appendCBOR(b, p.Key), p.Value)
		}
		return b
	}
	o := v.(object)
	b = appendHead(b, majorMap, uint64(len(o)))
	for _, m := range o {
		b = appendCBOR(appendText(b, m.key), m.value)
	}
	return b
}

// appendBig writes a bignum: n for tag 2, -1 - n for tag 3.
func appendBig(b []byte, n *big.Int) []byte {
	tag := uint64(tagBig)
	if n.Sign() < 0 {
		tag, n = tagNegativeBig, new(big.Int).Not(n)
	}
	return appendBytes(appendHead(b, majorTag, tag), n.Bytes())
}
