package project

import (
	"errors"
	"math"
	"slices"
	"strconv"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// maxPath bounds a key with those around it: each line of a table repeats them.
const maxPath = 1024

// parseTOML parses TOML. It returns nil where it has reported an error.
func (r *reader) parseTOML(text []byte) *node {
	// Places are told by the parser beneath the decoder only; the decoder knows
	// TOML's rules about what may be defined twice. The first pass also bounds
	// what the second would follow.
	index := tomlIndex{reader: r, places: newPlaces(text), known: map[string]place{"": {1, 1}}, arrays: map[string]int{}}
	if index.read(text); len(r.errs) > 0 {
		return nil
	}
	var values map[string]any
	if err := toml.Unmarshal(text, &values); err != nil {
		at := place{1, 1}
		var decode *toml.DecodeError
		if errors.As(err, &decode) {
			at.line, at.column = decode.Position()
		}
		r.errorf(at, "not valid TOML: %s", trimPrefix(err.Error(), "toml: "))
		return nil
	}
	t := tomlTree{r, index.known}
	return t.node("", place{1, 1}, values, 0)
}

func trimPrefix(s, prefix string) string {
	if len(s) > len(prefix) && s[:len(prefix)] == prefix {
		return s[len(prefix):]
	}
	return s
}

// tomlIndex finds the places of keys. A path is a sequence of keys, each behind
// a NUL, and of list indices, each behind a 1 byte.
type tomlIndex struct {
	*reader
	places places
	known  map[string]place
	arrays map[string]int // elements so far of lists of tables
	prefix string         // path of the table that is open
}

func keyPath(path, key string) string       { return path + "\x00" + key }
func indexPath(path string, i int) string   { return path + "\x01" + strconv.Itoa(i) }
func (x *tomlIndex) note(p string, a place) { x.known[p] = a }

func (x *tomlIndex) read(text []byte) {
	var p unstable.Parser
	p.Reset(text)
	for len(x.errs) == 0 && p.NextExpression() {
		switch e := p.Expression(); e.Kind {
		case unstable.Table:
			x.prefix, _ = x.keys("", e.Key(), false)
		case unstable.ArrayTable:
			path, at := x.keys("", e.Key(), true)
			x.prefix = indexPath(path, x.arrays[path])
			x.arrays[path]++
			x.note(x.prefix, at)
		case unstable.KeyValue:
			x.keyValue(x.prefix, e, 0)
		}
	}
}

// keys follows a dotted key. Where list is set, the last part names a list of
// tables itself and not its latest element.
func (x *tomlIndex) keys(path string, parts unstable.Iterator, list bool) (string, place) {
	var at place
	for parts.Next() {
		part := parts.Node()
		at = x.places.at(int(part.Raw.Offset))
		if path = keyPath(path, string(part.Data)); len(path) > maxPath {
			x.errorf(at, "the key, with the tables around it, has more than %d bytes", maxPath)
			break
		}
		if _, seen := x.known[path]; !seen {
			x.note(path, at)
		}
		if n := x.arrays[path]; n > 0 && (!list || !parts.IsLast()) {
			path = indexPath(path, n-1)
		}
	}
	return path, at
}

func (x *tomlIndex) keyValue(prefix string, e *unstable.Node, depth int) {
	path, _ := x.keys(prefix, e.Key(), false)
	x.value(path, e.Value(), depth)
}

func (x *tomlIndex) value(path string, v *unstable.Node, depth int) {
	if depth > maxDepth { // the tree of the values reports it
		return
	}
	switch v.Kind {
	case unstable.InlineTable:
		for c := v.Children(); c.Next(); {
			x.keyValue(path, c.Node(), depth+1)
		}
	case unstable.Array:
		i := 0
		for c := v.Children(); c.Next(); i++ {
			if raw := c.Node().Raw; raw.Length > 0 {
				x.note(indexPath(path, i), x.places.at(int(raw.Offset)))
			}
			x.value(indexPath(path, i), c.Node(), depth+1)
		}
	}
}

// tomlTree puts values and places together.
type tomlTree struct {
	*reader
	known map[string]place
}

func (t tomlTree) node(path string, outer place, v any, depth int) *node {
	at, ok := t.known[path]
	if !ok {
		at = outer
	}
	n := &node{at: at}
	if depth > maxDepth {
		t.errorf(at, "nested more than %d levels deep", maxDepth)
		return n
	}
	switch v := v.(type) {
	case map[string]any:
		o := object{}
		for name, value := range v {
			child := t.node(keyPath(path, name), at, value, depth+1)
			o = append(o, member{name, child.at, child})
		}
		slices.SortFunc(o, func(a, b member) int {
			if a.at.line != b.at.line {
				return a.at.line - b.at.line
			}
			return a.at.column - b.at.column
		})
		n.value = o
	case []any:
		a := array{}
		for i, item := range v {
			a = append(a, t.node(indexPath(path, i), at, item, depth+1))
		}
		n.value = a
	case int64:
		n.value = float64(v)
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			t.errorf(at, "inf and nan are no JSON values; write a number or a string")
		}
		n.value = v
	case string, bool:
		n.value = v
	default:
		t.errorf(at, "dates and times are no JSON values; write a string in quotes")
		n.value = ""
	}
	return n
}
