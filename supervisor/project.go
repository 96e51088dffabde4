package supervisor

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"

	"github.com/facetd/facetd/supervisor/internal/refs"
)

// ProjectConfig describes a project: an entry worker, the classes of its Durable
// Objects, and what they reach.
type ProjectConfig struct {
	// Name is part of the ids of all objects: another name, other objects.
	Name string
	// Worker is the project's code; required. Its own env is replaced by Vars.
	Worker *Worker
	// Entrypoint is the export that answers requests; empty means the default
	// export.
	Entrypoint string
	// Classes are the exported classes whose objects have storage of their own.
	Classes []StoredClass
	// Namespaces are bindings: env.NAME leads to the objects of a class.
	Namespaces []NamespaceBinding
	// Loaders are the names of worker loaders in env. Each has ids of its own.
	Loaders []string
	// Vars are further values of env: structured-clone values, at most 1 MiB
	// encoded.
	Vars map[string]any
	// Outbound is where global fetch() goes, of the entry worker, the objects and,
	// unless they say something else, the workers that they load; nil means
	// nowhere. That of Worker does not count.
	Outbound Outbound
	// Limits replace those of Worker; zero fields keep them. nil keeps all. The
	// workers that the project loads have the host's.
	Limits *Limits
}

// StoredClass is an exported class whose objects have storage.
type StoredClass struct {
	// Class is the export.
	Class string
	// StoredAs is what the class was called when it was new: ids and the data
	// directory follow it, under the project's name. Empty means Class.
	StoredAs string
}

// NamespaceBinding makes env.Binding the namespace of a class, which is one of
// ProjectConfig.Classes.
type NamespaceBinding struct{ Binding, Class string }

// Project is an open project. It is an http.Handler: requests go to its entry
// worker. Safe for concurrent use. It lives as long as its host.
type Project struct {
	host     *Host
	name     string
	worker   *Worker
	entry    *Stub
	classes  map[string]*namespace // by export
	bindings map[string]*namespace // by name in env
	loaders  map[string]*Loader
	config   ProjectConfig
}

var _ http.Handler = (*Project)(nil)

// OpenProject loads the project's worker, evaluates it once in a sandboxed runner
// to see that it exports what the configuration names, and returns the project.
// Nothing is started or made on disk before the first request. Errors: a
// *CodeError, a *BuildError, a *RemoteError where the worker throws, and errors
// about the configuration.
func (h *Host) OpenProject(ctx context.Context, cfg ProjectConfig) (*Project, error) {
	p := &Project{host: h, name: cfg.Name, config: cfg,
		classes: make(map[string]*namespace), bindings: make(map[string]*namespace), loaders: make(map[string]*Loader)}
	if cfg.Worker == nil {
		return nil, fmt.Errorf("project %q: no worker: set ProjectConfig.Worker", cfg.Name)
	}
	if p.config.Entrypoint == "" {
		p.config.Entrypoint = "default"
	}
	if err := p.names(); err != nil {
		return nil, fmt.Errorf("project %q: %w", cfg.Name, err)
	}
	b, err := p.build(ctx)
	if err != nil {
		return nil, err
	}
	p.worker = newWorker(cfg.Worker.loader, p.label(), nil)
	p.worker.project = p
	p.worker.flight.result = b
	if err := p.checkExports(ctx); err != nil {
		return nil, err
	}
	if err := h.claim(p); err != nil {
		return nil, fmt.Errorf("project %q: %w", p.name, err)
	}
	p.entry = p.worker.entrypoint(p.config.Entrypoint, nil, nil)
	for _, n := range p.classes {
		h.clock.Attach(n.dir, n.wake)
	}
	return p, nil
}

// claim makes the project the one whose objects its namespaces have. The ids of
// one project can be made by the code of another, and an id is all that tells
// their objects apart on disk.
func (h *Host) claim(p *Project) error {
	for _, n := range p.classes {
		if err := h.oldLayout(n); err != nil {
			return err
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, n := range p.classes {
		if other, taken := h.dirs[n.dir]; taken && other != p.name {
			return fmt.Errorf("class %s is stored under %q, as one of project %q is: set another StoredClass.StoredAs, or open it on a host of its own",
				n.class, n.dir, other)
		}
	}
	for _, n := range p.classes {
		h.dirs[n.dir] = p.name
	}
	return nil
}

// oldLayout refuses to begin anew beside the objects of a class that were stored
// before the project's name was part of the path: nobody could tell whose they are.
func (h *Host) oldLayout(n *namespace) error {
	old, err := h.store.HoldsClass(n.stored)
	if err != nil || !old {
		return err
	}
	if have, err := h.store.HoldsClass(n.dir); err != nil || have {
		return err
	}
	return fmt.Errorf("class %s: the data directory holds objects of a class %[2]s from before projects were kept apart: "+
		"where they are this project's, rename the directory %[2]s in it to %[3]s; otherwise move it away", n.class, n.stored, n.dir)
}

func (p *Project) label() string {
	if p.name == "" {
		return "project"
	}
	return bounded(p.name, 64)
}

// names checks the names of the configuration and makes what they stand for.
func (p *Project) names() error {
	taken := make(map[string]string)
	take := func(name, what string) error {
		if name == "" || len(name) > 256 || strings.ContainsRune(name, 0) {
			return fmt.Errorf("%.40q cannot be the name of a %s: it has 1 to 256 bytes and no NUL", name, what)
		}
		if other, ok := taken[name]; ok {
			return fmt.Errorf("env.%s is a %s and a %s: give one of them another name", name, other, what)
		}
		taken[name] = what
		return nil
	}
	for _, c := range p.config.Classes {
		if c.Class == "" || len(c.Class) > 256 || p.classes[c.Class] != nil {
			return fmt.Errorf("class %.40q is empty, too long or named twice in ProjectConfig.Classes", c.Class)
		}
		p.classes[c.Class] = newNamespace(p, c)
	}
	for _, b := range p.config.Namespaces {
		if err := take(b.Binding, "namespace"); err != nil {
			return err
		}
		n := p.classes[b.Class]
		if n == nil {
			return fmt.Errorf("binding %s names class %q, which has no storage: add it to ProjectConfig.Classes", b.Binding, b.Class)
		}
		if other := p.classes[b.Binding]; other != nil && other != n {
			return fmt.Errorf("binding %s has the name of class %s but leads to %s: give it another name", b.Binding, b.Binding, b.Class)
		}
		p.bindings[b.Binding] = n
	}
	for _, name := range p.config.Loaders {
		if err := take(name, "worker loader"); err != nil {
			return err
		}
		p.loaders[name] = p.host.loader.binding(name)
	}
	for name := range p.config.Vars {
		if err := take(name, "variable"); err != nil {
			return err
		}
	}
	return nil
}

// build returns the worker's program with the project's env and limits.
func (p *Project) build(ctx context.Context) (*build, error) {
	b, err := p.config.Worker.build(ctx)
	if err != nil {
		return nil, err
	}
	own := *b
	own.env, own.envCaps, own.outbound = nil, nil, p.config.Outbound
	if len(p.config.Vars) > 0 {
		if own.env, own.envCaps, err = marshalRefs(p.config.Vars); err != nil {
			return nil, codeErrorf("the variables of env cannot be cloned: %v", err)
		}
		if len(own.envCaps) > 0 {
			return nil, codeErrorf("the variables of env hold a stub or class: the project's own worker gets those of its ctx.exports")
		}
		if len(own.env) > maxEnv {
			return nil, codeErrorf("the variables of env have %d bytes encoded, more than %d", len(own.env), maxEnv)
		}
	}
	if l := p.config.Limits; l != nil {
		if err := l.check(); err != nil {
			return nil, err
		}
		own.limits = l.or(own.limits)
	}
	own.widen()
	return &own, nil
}

// ServeHTTP sends a request to the entry worker; see [Stub.ServeHTTP].
func (p *Project) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.entry.ServeHTTP(w, r) }

// Entrypoint returns a stub for an exported entrypoint of the project's worker;
// props, a structured-clone value that may hold a *Stub or a Class, are its ctx.props,
// and nil means {}.
func (p *Project) Entrypoint(name string, props any) *Stub {
	var encoded []byte
	var caps []refs.Cap
	if props != nil {
		var err error
		if encoded, caps, err = marshalRefs(props); err != nil {
			return &Stub{err: err}
		}
	}
	return p.worker.entrypoint(name, encoded, caps)
}

// Class returns an exported class of the project's worker, as Worker.Class does. A
// Class in the env of a loaded worker is what its facets can run (fact F87).
func (p *Project) Class(name string, options ...ClassOption) Class {
	return p.worker.Class(name, options...)
}

// Object returns a stub for the object of a name of a class with storage.
func (p *Project) Object(class, name string) *Stub {
	n := p.classes[class]
	if n == nil {
		return &Stub{err: fmt.Errorf("project %q: class %q has no storage: it is not in ProjectConfig.Classes", p.name, class)}
	}
	return n.stub(ID{id: n.idFromName(name), name: name, hasName: true})
}

// namespace holds the objects of a class.
type namespace struct {
	project *Project
	class   string
	stored  string // what the class was called when it was new
	dir     string // in the data directory: the project's name and that
	key     []byte // what ids are made with; docs/projects.md
	alarms  bool   // the class has an alarm() handler
}

func newNamespace(p *Project, c StoredClass) *namespace {
	n := &namespace{project: p, class: c.Class, stored: c.StoredAs}
	if n.stored == "" {
		n.stored = c.Class
	}
	n.dir = "project." + n.stored
	if p.name != "" {
		n.dir = p.name + "." + n.stored
	}
	sum := sha256.Sum256([]byte("facetd namespace\x00" + p.name + "\x00" + n.stored))
	n.key = sum[:]
	return n
}

// idFromName is what the runtime makes of a name.
func (n *namespace) idFromName(name string) string { return nameID(n.key, "n"+name) }

// stub returns a stub for an object; id has been checked.
func (n *namespace) stub(id ID) *Stub {
	key := objectKey{n.dir, id.id}
	path := n.class + "/" + id.id[:16]
	if id.hasName {
		path = n.class + "/" + bounded(id.name, 64)
	}
	o := n.project.host.object(key, func() *Object { return newObject(n.project.host, key, id, path) })
	s := o.stub(func(context.Context) (StartupOptions, error) {
		return StartupOptions{Class: n.project.worker.Class(n.class)}, nil
	})
	s.again = func() *Stub { return n.stub(id) }
	return s
}
