package project

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/facetd/facetd/supervisor"
)

// maxGlob bounds a pattern, in bytes.
const maxGlob = 256

// kind makes a module of a file's content.
type kind func([]byte) supervisor.Module

func asText(f func(string) supervisor.Module) kind {
	return func(b []byte) supervisor.Module { return f(string(b)) }
}

var textKind, dataKind kind = asText(supervisor.Text), supervisor.Data

// rule says what the files are that one of its patterns matches.
type rule struct {
	kind  kind
	globs []*regexp.Regexp
}

// CodeExtensions are the endings of files that can be a main module.
var CodeExtensions = []string{".js", ".mjs", ".jsx", ".ts", ".mts", ".tsx"}

var (
	textExtensions = []string{".txt", ".md", ".html", ".htm", ".css", ".sql", ".svg", ".xml", ".csv"}
	dataExtensions = []string{".bin", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".woff", ".woff2", ".wasm"}
)

func isCode(name string) bool { return slices.Contains(CodeExtensions, path.Ext(name)) }

// codeKind gives the kind of a file that is code or JSON; nil for others and for
// declarations, which have no code.
func codeKind(name string) kind {
	if strings.HasSuffix(name, ".d.ts") || strings.HasSuffix(name, ".d.mts") {
		return nil
	}
	switch path.Ext(name) {
	case ".js", ".mjs", ".jsx":
		return asText(supervisor.JS)
	case ".ts", ".mts", ".tsx":
		return asText(supervisor.TS)
	case ".cjs":
		return asText(supervisor.CJS)
	case ".json":
		return asText(supervisor.JSONText)
	}
	return nil
}

// ruleKind gives the kind by the first rule that matches; nil without one.
func ruleKind(name string, rules []rule) kind {
	for _, r := range rules {
		for _, g := range r.globs {
			if g.MatchString(name) {
				return r.kind
			}
		}
	}
	return nil
}

// kindOf gives the kind of a file by the rules, which come first, its ending
// otherwise; nil for a file that is no module.
func kindOf(name string, rules []rule) kind {
	if k := ruleKind(name, rules); k != nil {
		return k
	}
	if k := codeKind(name); k != nil {
		return k
	}
	switch ext := path.Ext(name); {
	case slices.Contains(textExtensions, ext):
		return textKind
	case slices.Contains(dataExtensions, ext):
		return dataKind
	}
	return nil
}

func (p *Project) readRules(r *reader, n *node) {
	closed := map[string]place{} // types after whose rule no other is looked at
	r.list(n, "rules", func(n *node, where string) {
		var made rule
		var kindName string
		var kindAt place
		through := false
		r.fields(n, where, []field{
			{name: "type", read: func(m member) {
				kindName, kindAt = r.text(m.value, where+".type"), m.value.at
				switch kindName {
				case "Text":
					made.kind = textKind
				case "Data":
					made.kind = dataKind
				case "":
				default:
					r.errorf(m.value.at, "%s.type %.100q is not supported; supported: Text, Data", where, kindName)
				}
			}},
			{name: "globs", read: func(m member) {
				r.list(m.value, where+".globs", func(n *node, where string) {
					if g := r.glob(n, where); g != nil {
						made.globs = append(made.globs, g)
					}
				})
			}},
			{name: "fallthrough", read: func(m member) {
				var ok bool
				if through, ok = m.value.value.(bool); !ok {
					r.wrongType(m.value, where+".fallthrough", "a boolean")
				}
			}},
		})
		o, ok := n.value.(object)
		if !ok {
			return
		}
		for _, need := range []string{"type", "globs"} {
			if !o.has(need) {
				r.errorf(n.at, "%s has no %s", where, need)
			}
		}
		if made.kind == nil {
			return
		}
		if first, done := closed[kindName]; done {
			r.errorf(kindAt, `%s is never reached: the rule for %s in line %d comes first; set "fallthrough": true there`, where, kindName, first.line)
			return
		}
		if !through {
			closed[kindName] = kindAt
		}
		p.rules = append(p.rules, made)
	})
}

// glob reads a pattern: ** any number of folders, * and ? within a name.
func (r *reader) glob(n *node, where string) *regexp.Regexp {
	text := r.text(n, where)
	if text == "" {
		return nil
	}
	if len(text) > maxGlob || strings.ContainsAny(text, "[]{}!\\") {
		r.errorf(n.at, "%s %.100q: expected up to %d bytes with ** for folders, * and ? within a name", where, text, maxGlob)
		return nil
	}
	var b strings.Builder
	b.WriteString(`^`)
	for rest := strings.TrimPrefix(text, "./"); rest != ""; {
		switch {
		case strings.HasPrefix(rest, "**/"):
			b.WriteString(`(?:[^/]+/)*`)
			rest = rest[3:]
		case strings.HasPrefix(rest, "**"):
			b.WriteString(`.*`)
			rest = rest[2:]
		case rest[0] == '*':
			b.WriteString(`[^/]*`)
			rest = rest[1:]
		case rest[0] == '?':
			b.WriteString(`[^/]`)
			rest = rest[1:]
		default:
			i := strings.IndexAny(rest, "*?")
			if i < 0 {
				i = len(rest)
			}
			b.WriteString(regexp.QuoteMeta(rest[:i]))
			rest = rest[i:]
		}
	}
	b.WriteString(`$`)
	compiled, err := regexp.Compile(b.String())
	if err != nil { // text is UTF-8 and quoted
		r.errorf(n.at, "%s %.100q: %v", where, text, err)
		return nil
	}
	return compiled
}
