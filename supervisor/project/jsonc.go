package project

import (
	"regexp"
	"sort"
	"strconv"

	"github.com/tailscale/hujson"
)

// places turns offsets of a text into lines and columns.
type places []int // offsets at which lines begin

func newPlaces(text []byte) places {
	p := places{0}
	for i, c := range text {
		if c == '\n' {
			p = append(p, i+1)
		}
	}
	return p
}

func (p places) at(offset int) place {
	line := sort.SearchInts(p, offset+1) // lines that begin at or before offset
	return place{line, offset - p[line-1] + 1}
}

// hujsonError splits the parser's message, whose errors have no type.
var hujsonError = regexp.MustCompile(`^hujson: line (\d+), column (\d+): (.*)$`)

// parseJSONC parses JSON with comments and trailing commas. It returns nil where
// it has reported an error.
func (r *reader) parseJSONC(text []byte) *node {
	v, err := hujson.Parse(text)
	if err != nil {
		at, message := place{1, 1}, err.Error()
		if m := hujsonError.FindStringSubmatch(message); m != nil {
			at.line, _ = strconv.Atoi(m[1])
			at.column, _ = strconv.Atoi(m[2])
			message = m[3]
		}
		r.errorf(at, "not valid JSON: %s", message)
		return nil
	}
	c := jsonc{r, newPlaces(text)}
	return c.node(v, 0)
}

type jsonc struct {
	*reader
	places places
}

func (c jsonc) node(v hujson.Value, depth int) *node {
	n := &node{at: c.places.at(v.StartOffset)}
	if depth > maxDepth {
		c.errorf(n.at, "nested more than %d levels deep", maxDepth)
		return n
	}
	switch t := v.Value.(type) {
	case *hujson.Object:
		o := object{}
		for _, m := range t.Members {
			name := m.Name.Value.(hujson.Literal).String()
			o = append(o, member{name, c.places.at(m.Name.StartOffset), c.node(m.Value, depth+1)})
		}
		n.value = o
	case *hujson.Array:
		a := array{}
		for _, e := range t.Elements {
			a = append(a, c.node(e, depth+1))
		}
		n.value = a
	case hujson.Literal:
		switch t.Kind() {
		case 't', 'f':
			n.value = t.Bool()
		case '"':
			n.value = t.String()
		case '0':
			f, err := strconv.ParseFloat(string(t), 64)
			if err != nil {
				c.errorf(n.at, "the number %.40s is too large", t)
			}
			n.value = f
		}
	}
	return n
}
