package project

import (
	"fmt"
	"slices"
)

// migrated is what a list of migrations leaves.
type migrated struct {
	live    []Class
	created map[string]int    // how often a name was created
	gone    map[string]string // what became of a name that is no more
}

// migrations applies a list, which may be absent, in its order.
func (r *reader) migrations(n *node) migrated {
	m := migrated{created: map[string]int{}, gone: map[string]string{}}
	if n == nil {
		return m
	}
	tags := map[string]place{}
	r.list(n, "migrations", func(n *node, where string) { r.migration(&m, n, where, tags) })
	return m
}

func (r *reader) migration(m *migrated, n *node, where string, tags map[string]place) {
	step := &migrationStep{r, m, where, map[string]place{}}
	var create, rename, remove *node
	tagged := false
	r.fields(n, where, []field{
		{name: "tag", read: func(f member) {
			tagged = true
			tag := r.text(f.value, where+".tag")
			if first, twice := tags[tag]; twice && tag != "" {
				r.errorf(f.value.at, "%s.tag %.100q is that of the migration in line %d", where, tag, first.line)
			}
			tags[tag] = f.value.at
		}},
		{name: "new_sqlite_classes", read: func(f member) { create = f.value }},
		{name: "renamed_classes", read: func(f member) { rename = f.value }},
		{name: "deleted_classes", read: func(f member) { remove = f.value }},
		{name: "new_classes", instead: "every class has a SQLite database; use new_sqlite_classes"},
		{name: "transferred_classes", instead: "facetd runs one worker per project"},
	})
	if _, ok := n.value.(object); ok && !tagged {
		r.errorf(n.at, "%s has no tag", where)
	}
	if create != nil {
		r.list(create, where+".new_sqlite_classes", step.create)
	}
	if rename != nil {
		r.list(rename, where+".renamed_classes", step.rename)
	}
	if remove != nil {
		r.list(remove, where+".deleted_classes", step.remove)
	}
}

// migrationStep is one migration; its order of creating, renaming and deleting does
// not matter because it names a class once.
type migrationStep struct {
	*reader
	m     *migrated
	where string
	named map[string]place
}

// class reads the name of a class that this migration does not name elsewhere.
func (s *migrationStep) class(n *node, where string) string {
	name := s.className(n, where)
	if name == "" {
		return ""
	}
	if first, twice := s.named[name]; twice {
		s.errorf(n.at, "%s names class %s twice, here and in line %d; split it into two migrations", s.where, name, first.line)
		return ""
	}
	s.named[name] = n.at
	return name
}

func (s *migrationStep) create(n *node, where string) {
	name := s.class(n, where)
	if name == "" {
		return
	}
	if s.m.find(name) >= 0 {
		s.errorf(n.at, "%s creates class %s, which an earlier migration has created", where, name)
		return
	}
	s.m.created[name]++
	storage := name
	if n := s.m.created[name]; n > 1 {
		storage = fmt.Sprintf("%s#%d", name, n)
	}
	s.m.live = append(s.m.live, Class{name, storage, n.at.line, n.at.column})
	delete(s.m.gone, name)
}

func (s *migrationStep) rename(n *node, where string) {
	var from, to *node
	s.fields(n, where, []field{
		{name: "from", read: func(m member) { from = m.value }},
		{name: "to", read: func(m member) { to = m.value }},
	})
	if from == nil || to == nil {
		if _, ok := n.value.(object); ok {
			s.errorf(n.at, `%s needs "from" and "to"`, where)
		}
		return
	}
	old, name := s.class(from, where+".from"), s.class(to, where+".to")
	if old == "" || name == "" {
		return
	}
	i := s.m.find(old)
	if i < 0 {
		s.errorf(from.at, "%s.from: %s", where, s.m.missing(old))
		return
	}
	if s.m.find(name) >= 0 {
		s.errorf(to.at, "%s.to: there is a class %s already", where, name)
		return
	}
	c := &s.m.live[i]
	c.Name, c.Line, c.Column = name, to.at.line, to.at.column
	s.m.gone[old] = fmt.Sprintf("renamed to %s in line %d", name, to.at.line)
	delete(s.m.gone, name)
}

func (s *migrationStep) remove(n *node, where string) {
	name := s.class(n, where)
	if name == "" {
		return
	}
	i := s.m.find(name)
	if i < 0 {
		s.errorf(n.at, "%s: %s", where, s.m.missing(name))
		return
	}
	s.m.live = slices.Delete(s.m.live, i, i+1)
	s.m.gone[name] = fmt.Sprintf("deleted in line %d", n.at.line)
}

func (m *migrated) find(name string) int {
	return slices.IndexFunc(m.live, func(c Class) bool { return c.Name == name })
}

// missing says why a class has no namespace; empty where it has one.
func (m *migrated) missing(name string) string {
	if m.find(name) >= 0 {
		return ""
	}
	if what := m.gone[name]; what != "" {
		return fmt.Sprintf("class %s was %s", name, what)
	}
	return fmt.Sprintf(`no migration creates class %s; add {"tag": "…", "new_sqlite_classes": [%q]} to migrations`, name, name)
}
