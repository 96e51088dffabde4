package seccomp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"
)

// maxProfileSize in bytes. The built-in profiles have about 12 kB.
const maxProfileSize = 1 << 20

// ParseError says what is wrong with a profile's text and where.
type ParseError struct {
	Line   int // from 1
	Column int // in bytes, from 1
	Err    error
}

// Error is "line L, column C: what".
func (e *ParseError) Error() string {
	return fmt.Sprintf("seccomp profile: line %d, column %d: %v", e.Line, e.Column, e.Err)
}

// Unwrap gives the cause without its position.
func (e *ParseError) Unwrap() error { return e.Err }

// decoder walks JSON token by token, because encoding/json alone accepts
// unknown and repeated keys, other spellings of a key, and text after the end.
type decoder struct {
	data  []byte
	json  *json.Decoder
	start int // offset of the latest token
}

func newDecoder(data []byte) *decoder {
	d := &decoder{data: data, json: json.NewDecoder(bytes.NewReader(data))}
	d.json.UseNumber()
	return d
}

// fail places err at an offset of the text.
func (d *decoder) fail(offset int, err error) error {
	var placed *ParseError
	if errors.As(err, &placed) {
		return err
	}
	before := d.data[:min(offset, len(d.data))]
	column := len(before) - (bytes.LastIndexByte(before, '\n') + 1) + 1
	return &ParseError{Line: d.line(len(before)), Column: column, Err: err}
}

// line counts from 1.
func (d *decoder) line(offset int) int { return 1 + bytes.Count(d.data[:offset], []byte("\n")) }

// upcoming is the offset at which the next token starts.
func (d *decoder) upcoming() int {
	offset := int(d.json.InputOffset())
	for offset < len(d.data) && bytes.IndexByte([]byte(" \t\r\n,:"), d.data[offset]) >= 0 {
		offset++
	}
	return offset
}

// token reads the next token and notes where it starts.
func (d *decoder) token() (json.Token, error) {
	d.start = d.upcoming()
	token, err := d.json.Token()
	if err == nil {
		return token, nil
	}
	if errors.Is(err, io.EOF) {
		return nil, d.fail(len(d.data), errors.New("the text ends too early"))
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return nil, d.fail(max(int(syntax.Offset)-1, 0), err)
	}
	return nil, d.fail(d.start, err)
}

func (d *decoder) delim(want json.Delim, what string) error {
	token, err := d.token()
	if err != nil {
		return err
	}
	if token != want {
		return d.fail(d.start, fmt.Errorf("expected %s", what))
	}
	return nil
}

// object reads an object and calls field for each key, which must read the
// value. Keys outside known, and repeated ones, are errors.
func (d *decoder) object(what string, known []string, field func(key string) error) error {
	if err := d.delim('{', what+" as an object"); err != nil {
		return err
	}
	seen := map[string]bool{}
	for d.json.More() {
		token, err := d.token()
		if err != nil {
			return err
		}
		key, _ := token.(string) // encoding/json refuses any other key
		switch {
		case !slices.Contains(known, key):
			return d.fail(d.start, fmt.Errorf("unknown key %q in %s%s", key, what, suggest(key, known)))
		case seen[key]:
			return d.fail(d.start, fmt.Errorf("key %q appears twice in %s", key, what))
		}
		seen[key] = true
		if err := field(key); err != nil {
			return d.fail(d.start, err)
		}
	}
	return d.delim('}', "the end of "+what)
}

// list reads an array and calls element for each element, which must read it.
func (d *decoder) list(what string, element func() error) error {
	if err := d.delim('[', what+" as a list"); err != nil {
		return err
	}
	for d.json.More() {
		if err := element(); err != nil {
			return err
		}
	}
	return d.delim(']', "the end of "+what)
}

// text reads a string that check accepts; a nil check accepts all.
func (d *decoder) text(check func(string) error) (string, error) {
	token, err := d.token()
	if err != nil {
		return "", err
	}
	s, ok := token.(string)
	if !ok {
		return "", d.fail(d.start, errors.New("expected a string"))
	}
	if check != nil {
		if err := check(s); err != nil {
			return "", d.fail(d.start, err)
		}
	}
	return s, nil
}

// number reads a whole number without sign, fraction or exponent.
func (d *decoder) number(bits int) (uint64, error) {
	token, err := d.token()
	if err != nil {
		return 0, err
	}
	literal, ok := token.(json.Number)
	if !ok {
		return 0, d.fail(d.start, errors.New("expected a number"))
	}
	n, err := strconv.ParseUint(literal.String(), 10, bits)
	if err != nil {
		return 0, d.fail(d.start, fmt.Errorf("%s is not a whole number of at most %d bits", literal, bits))
	}
	return n, nil
}

// end makes sure that nothing follows.
func (d *decoder) end() error {
	if rest := bytes.TrimLeft(d.data[d.json.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return d.fail(len(d.data)-len(rest), errors.New("text after the end of the profile"))
	}
	return nil
}

func checkText(data []byte) error {
	if len(data) > maxProfileSize {
		return fmt.Errorf("seccomp profile: %d bytes are more than the limit of %d", len(data), maxProfileSize)
	}
	if !utf8.Valid(data) {
		return errors.New("seccomp profile: not UTF-8 text")
	}
	return nil
}
