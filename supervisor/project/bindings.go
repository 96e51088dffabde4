package project

// claim notes that a name of env is taken.
func (r *reader) claim(names map[string]place, name, where string, at place) {
	if first, taken := names[name]; taken {
		r.errorf(at, "%s: env.%s is taken by what stands in line %d", where, name, first.line)
		return
	}
	names[name] = at
}

// envName reads the name of a binding, a JavaScript identifier as wrangler wants.
func (r *reader) envName(n *node, where string, names map[string]place) string {
	name := r.text(n, where)
	if name == "" {
		return ""
	}
	if !identifier.MatchString(name) || len(name) > 256 {
		r.errorf(n.at, "%s %.100q is not a JavaScript name", where, name)
		return ""
	}
	r.claim(names, name, where, n.at)
	return name
}

func (r *reader) className(n *node, where string) string {
	name := r.text(n, where)
	if name != "" && (!identifier.MatchString(name) || len(name) > 256) {
		r.errorf(n.at, "%s %.100q is not the name of a class", where, name)
		return ""
	}
	return name
}

func (p *Project) readLoaders(r *reader, n *node, names map[string]place) {
	r.list(n, "worker_loaders", func(n *node, where string) {
		given := false
		r.fields(n, where, []field{{name: "binding", read: func(m member) {
			given = true
			if name := r.envName(m.value, where+".binding", names); name != "" {
				p.Loaders = append(p.Loaders, name)
			}
		}}})
		if _, ok := n.value.(object); ok && !given {
			r.errorf(n.at, "%s has no binding, the loader's name in env", where)
		}
	})
}

func (p *Project) readVars(r *reader, n *node, names map[string]place) {
	o, ok := n.value.(object)
	if !ok {
		r.wrongType(n, "vars", "an object")
		return
	}
	p.Vars = map[string]any{}
	for _, m := range o {
		if m.name == "" || len(m.name) > 256 {
			r.errorf(m.at, "vars: a name is empty or longer than 256 bytes")
			continue
		}
		r.claim(names, m.name, "vars", m.at)
		p.Vars[m.name] = m.value.plain()
		r.noDuplicates(m.value)
	}
}

// noDuplicates refuses objects with two members of one name in a value that is
// taken as it is.
func (r *reader) noDuplicates(n *node) {
	switch v := n.value.(type) {
	case array:
		for _, item := range v {
			r.noDuplicates(item)
		}
	case object:
		seen := map[string]bool{}
		for _, m := range v {
			if seen[m.name] {
				r.errorf(m.at, "key %.100q stands here for the second time", m.name)
			}
			seen[m.name] = true
			r.noDuplicates(m.value)
		}
	}
}

func (p *Project) readBindings(r *reader, n *node, names map[string]place, migrated migrated) {
	if n == nil {
		return
	}
	const scripts = "facetd runs one worker per project; remove it, or run the other one by itself"
	r.list(n, "durable_objects.bindings", func(n *node, where string) {
		var b Binding
		var class *node
		r.fields(n, where, []field{
			{name: "name", read: func(m member) { b.Name = r.envName(m.value, where+".name", names) }},
			{name: "class_name", read: func(m member) {
				class = m.value
				b.Class = r.className(m.value, where+".class_name")
			}},
			{name: "script_name", instead: scripts},
			{name: "environment", instead: scripts},
		})
		if o, ok := n.value.(object); ok {
			for _, need := range []string{"name", "class_name"} {
				if !o.has(need) {
					r.errorf(n.at, "%s has no %s", where, need)
				}
			}
		}
		if b.Name == "" || b.Class == "" {
			return
		}
		if why := migrated.missing(b.Class); why != "" {
			r.errorf(class.at, "%s.class_name: %s", where, why)
			return
		}
		p.Bindings = append(p.Bindings, b)
	})
}

func (o object) has(name string) bool {
	for _, m := range o {
		if m.name == name {
			return true
		}
	}
	return false
}
