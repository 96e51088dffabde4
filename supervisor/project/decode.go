package project

import (
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/facetd/facetd/supervisor"
)

const (
	// mainKey is where the place of main is kept among those of env's names,
	// which it cannot be.
	mainKey = "\x00main"
	// maxName bounds a project's name, which wrangler limits to 63 as well.
	maxName = 63
)

var (
	projectName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)
	identifier  = regexp.MustCompile(`^[\pL_$][\pL\pN_$]*$`)
)

// decode reads the configuration's root and returns where env's names stand.
func (p *Project) decode(r *reader, n *node) map[string]place {
	names := map[string]place{}
	var main, date, flags, bindings, migrations *node
	fields := []field{
		{name: "$schema", read: func(member) {}},
		{name: "name", read: func(m member) { p.Name = r.projectName(m.value) }},
		{name: "main", read: func(m member) { main = m.value }},
		{name: "compatibility_date", read: func(m member) { date = m.value }},
		{name: "compatibility_flags", read: func(m member) { flags = m.value }},
		{name: "migrations", read: func(m member) { migrations = m.value }},
		{name: "durable_objects", read: func(m member) {
			r.fields(m.value, "durable_objects", []field{{name: "bindings", read: func(m member) { bindings = m.value }}})
		}},
		{name: "worker_loaders", read: func(m member) { p.readLoaders(r, m.value, names) }},
		{name: "vars", read: func(m member) { p.readVars(r, m.value, names) }},
		{name: "rules", read: func(m member) { p.readRules(r, m.value) }},
	}
	r.fields(n, "", fields)
	p.readMain(r, n, main, names)
	p.readCompatibility(r, n, date, flags)
	m := r.migrations(migrations)
	p.Classes = m.live
	p.readBindings(r, bindings, names, m)
	return names
}

func (r *reader) projectName(n *node) string {
	name := r.text(n, "name")
	if name != "" && (len(name) > maxName || !projectName.MatchString(name)) {
		r.errorf(n.at, "name %.100q: expected up to %d letters, digits, - and _", name, maxName)
	}
	return name
}

func (p *Project) readMain(r *reader, root, n *node, names map[string]place) {
	if n == nil {
		r.errorf(root.at, `main is missing: the path of the module with "export default"`)
		return
	}
	name := r.text(n, "main")
	if name == "" {
		return
	}
	names[mainKey] = n.at
	p.Main = path.Clean(name)
	if path.IsAbs(name) || p.Main == ".." || strings.HasPrefix(p.Main, "../") {
		r.errorf(n.at, "main %.200q leads out of the project; give a path from the project's folder", name)
		return
	}
	if !isCode(p.Main) {
		r.errorf(n.at, "main %.200q is not a JavaScript or TypeScript file (%s)", name, strings.Join(CodeExtensions, ", "))
	}
}

func (p *Project) readCompatibility(r *reader, root, date, flags *node) {
	if date == nil {
		r.errorf(root.at, `compatibility_date is missing: the day by whose behaviour the code goes, such as "2026-04-01"`)
		return
	}
	p.CompatibilityDate = r.text(date, "compatibility_date")
	if p.CompatibilityDate == "" {
		return
	}
	if _, err := time.Parse(time.DateOnly, p.CompatibilityDate); err != nil {
		r.errorf(date.at, "compatibility_date %.100q is no date such as \"2026-04-01\"", p.CompatibilityDate)
		return
	}
	if err := supervisor.CheckCompatibility(p.CompatibilityDate, nil); err != nil {
		r.errorf(date.at, "%v", err)
		return
	}
	if flags == nil {
		return
	}
	r.list(flags, "compatibility_flags", func(n *node, where string) {
		flag := r.text(n, where)
		if flag == "" {
			return
		}
		if err := supervisor.CheckCompatibility(p.CompatibilityDate, []string{flag}); err != nil {
			r.errorf(n.at, "%v", err)
			return
		}
		p.CompatibilityFlags = append(p.CompatibilityFlags, flag)
	})
}
