package project

import "fmt"

// maxDepth bounds the nesting of values, maxBrackets the opening brackets of a
// file: the parsers recurse.
const (
	maxDepth    = 64
	maxBrackets = 10_000
)

// place is where something stands in a file, 1-based.
type place struct{ line, column int }

// node is a value with its place, whatever the file's syntax.
type node struct {
	at    place
	value any // nil, bool, float64, string; or one of those below
}

type (
	array  []*node
	object []member
	member struct {
		name  string
		at    place
		value *node
	}
)

// what names the kind of a value for messages.
func (n *node) what() string {
	switch n.value.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case float64:
		return "a number"
	case string:
		return "a string"
	case array:
		return "a list"
	case object:
		return "an object"
	}
	return fmt.Sprintf("a %T", n.value)
}

// plain gives the value without places: nil, bool, float64, string, []any or
// map[string]any.
func (n *node) plain() any {
	switch v := n.value.(type) {
	case array:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = item.plain()
		}
		return list
	case object:
		m := make(map[string]any, len(v))
		for _, member := range v {
			m[member.name] = member.value.plain()
		}
		return m
	}
	return n.value
}

// brackets counts those that open a list or an object, wherever they stand.
func brackets(text []byte) int {
	n := 0
	for _, c := range text {
		if c == '[' || c == '{' {
			n++
		}
	}
	return n
}
