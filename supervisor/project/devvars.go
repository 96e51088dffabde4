package project

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// devVarsFile holds variables that are not for the repository.
const devVarsFile = ".dev.vars"

var varName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

// readDevVars puts the variables of .dev.vars, where it is there, over vars.
func (p *Project) readDevVars(root *os.Root, names map[string]place) error {
	if _, err := root.Lstat(devVarsFile); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	text, err := p.readText(root, devVarsFile)
	if err != nil {
		return err
	}
	r := &reader{file: filepath.Join(p.shown, devVarsFile)}
	for _, v := range r.parseVars(string(text)) {
		if first, taken := names[v.name]; taken {
			if _, isVar := p.Vars[v.name]; !isVar {
				r.errorf(v.at, "env.%s is taken by the binding in line %d of %s", v.name, first.line, p.File)
				continue
			}
		}
		if p.Vars == nil {
			p.Vars = map[string]any{}
		}
		p.Vars[v.name] = v.value
	}
	return r.err()
}

type variable struct {
	name, value string
	at          place
}

// parseVars reads lines KEY=VALUE, with an optional "export" in front. A value in
// double quotes may span lines and has \n, \r, \t, \\ and \"; one in single
// quotes or backquotes is taken as it is; another one ends at " #" or the line's
// end. Lines that are empty or begin with # say nothing.
func (r *reader) parseVars(text string) []variable {
	var list []variable
	seen := map[string]int{}
	for line := 1; text != ""; {
		start := line
		raw, rest, _ := strings.Cut(text, "\n")
		text = rest
		line++
		raw = strings.TrimRight(raw, "\r")
		body := strings.TrimLeft(raw, " \t")
		if strings.TrimSpace(body) == "" || body[0] == '#' {
			continue
		}
		at := place{start, len(raw) - len(body) + 1}
		if after, ok := strings.CutPrefix(body, "export "); ok {
			body = strings.TrimLeft(after, " \t")
		}
		name, value, ok := strings.Cut(body, "=")
		name = strings.TrimSpace(name)
		if !ok || !varName.MatchString(name) {
			r.errorf(at, "expected NAME=VALUE")
			continue
		}
		value = strings.TrimLeft(value, " \t")
		if value != "" && strings.IndexByte("\"'`", value[0]) >= 0 {
			var used int
			if value, used, ok = quoted(value, text); !ok {
				r.errorf(at, "the value of %s has no closing quote, or text behind it", name)
				return list
			}
			line += strings.Count(text[:used], "\n")
			text = text[used:]
		} else if i := strings.Index(value, " #"); i >= 0 {
			value = strings.TrimSpace(value[:i])
		} else {
			value = strings.TrimSpace(value)
		}
		if first := seen[name]; first > 0 {
			r.errorf(at, "%s is set a second time, the first is in line %d", name, first)
		}
		seen[name] = start
		list = append(list, variable{name, value, at})
	}
	return list
}

// quoted reads a value that begins with a quote in the rest of a line and may go
// on in the following text; used is how much of that it took, its line end
// included.
func quoted(line, following string) (value string, used int, ok bool) {
	all := line + "\n" + following
	quote := all[0]
	var b strings.Builder
	for i := 1; i < len(all); i++ {
		switch c := all[i]; {
		case c == quote:
			tail, _, _ := strings.Cut(all[i+1:], "\n")
			if t := strings.TrimSpace(tail); t != "" && t[0] != '#' {
				return "", 0, false
			}
			used = min(max(i+1+len(tail)+1-len(line)-1, 0), len(following))
			return b.String(), used, true
		case c == '\\' && quote == '"' && i+1 < len(all):
			i++
			switch all[i] {
			case 'n':
				b.WriteByte('\n')
			case 'r':
				b.WriteByte('\r')
			case 't':
				b.WriteByte('\t')
			case '\\', '"':
				b.WriteByte(all[i])
			default:
				b.WriteByte('\\')
				b.WriteByte(all[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", 0, false
}
