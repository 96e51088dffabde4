package value

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// decodeJSON builds the generic form of a JSON text. Depth and items are
// counted in the text, before anything is built.
func decodeJSON(text []byte) (any, error) {
	if !utf8.Valid(text) {
		return nil, errorf("it is not UTF-8")
	}
	if err := checkJSON(text); err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, errorf("it is not JSON: %v", err)
	}
	if rest := bytes.TrimLeft(text[d.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return nil, errorf("%d bytes follow the JSON", len(rest))
	}
	return numbers(v)
}

// checkJSON counts, without checking the syntax, how deep a text is nested and
// how many elements its arrays and objects have.
func checkJSON(text []byte) error {
	depth, items := 0, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '[', '{':
			depth++
			items++
		case ']', '}':
			depth--
		case ',':
			items++
		}
		if depth > MaxDepth {
			return errDepth
		}
		if items > MaxItems {
			return errItems
		}
	}
	return nil
}

// numbers gives each number its Go form, in place.
func numbers(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case json.Number:
		f, err := strconv.ParseFloat(v.String(), 64)
		if err != nil { // too large; JavaScript reads it as infinite
			return nil, errorf("the number %.40s is too large", v)
		}
		return number(f), nil
	case []any:
		for i := range v {
			if v[i], err = numbers(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for k, e := range v {
			if v[k], err = numbers(e); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}
