package bundle

import (
	"encoding/json"
	"path"
	"strings"
	"sync"

	"github.com/evanw/esbuild/pkg/api"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// maxMissing bounds the packages that a build reports missing, facet.proto's
// number.
const maxMissing = 1000

// manifest is what resolving needs of a package.json.
type manifest struct {
	exports, imports any // as ordered gives them
	mains            []string
	pure             bool // "sideEffects": false
}

// packages resolves imports of packages whose files are among the modules, under
// node_modules as package managers lay them out.
type packages struct {
	modules map[string]*facetv1.Module
	links   map[string]string // folders that are links

	mu        sync.Mutex           // esbuild resolves several at a time
	manifests map[string]*manifest // by folder; nil: no package
	missing   []*facetv1.MissingPackage
	noted     map[string]bool
}

func newPackages(modules map[string]*facetv1.Module, links map[string]string) *packages {
	return &packages{modules: modules, links: links, manifests: map[string]*manifest{}, noted: map[string]bool{}}
}

// manifest reads FOLDER/package.json, once.
func (p *packages) manifest(folder string) *manifest {
	if m, read := p.manifests[folder]; read {
		return m
	}
	p.manifests[folder] = nil
	file := p.modules[path.Join(folder, "package.json")]
	if file == nil {
		return nil
	}
	var fields struct {
		Exports, Imports      json.RawMessage
		Browser, Module, Main any
		SideEffects           any
	}
	if json.Unmarshal(file.Content, &fields) != nil {
		return nil
	}
	m := &manifest{exports: ordered(fields.Exports), imports: ordered(fields.Imports)}
	// The order of wrangler's bundler. An object under "browser", which replaces
	// single files, is not looked at.
	for _, main := range []any{fields.Browser, fields.Module, fields.Main} {
		if s, ok := main.(string); ok && s != "" {
			m.mains = append(m.mains, s)
		}
	}
	m.mains = append(m.mains, "index")
	effects, given := fields.SideEffects.(bool)
	m.pure = given && !effects
	p.manifests[folder] = m
	return m
}

// splitPackage splits "name/sub/path" and "@scope/name/sub" into the package's
// name and "." or "./sub/path".
func splitPackage(specifier string) (name, sub string, ok bool) {
	parts := strings.SplitN(specifier, "/", 3)
	n := 1
	if strings.HasPrefix(specifier, "@") {
		n = 2
	}
	if len(parts) < n {
		return "", "", false
	}
	name = strings.Join(parts[:n], "/")
	for _, part := range parts[:n] {
		if part == "" || part == "@" || part[0] == '.' || strings.ContainsAny(part, "\\:%#?\x00") {
			return "", "", false
		}
	}
	if rest := strings.TrimPrefix(specifier[len(name):], "/"); rest != "" {
		return name, "./" + rest, true
	}
	return name, ".", true
}

// resolve finds what a module imports from a package: a module's name, whether
// its package says that it has no side effects, and whether it was found.
func (p *packages) resolve(importer, specifier string, kind api.ResolveKind) (name string, pure, found bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	conditions := conditionsFor(kind)
	if strings.HasPrefix(specifier, "#") {
		folder, m := p.enclosing(importer)
		if m == nil {
			return "", false, false
		}
		name, found = p.target(folder, match(m.imports, specifier, conditions))
		return name, m.pure, found
	}
	pkg, sub, ok := splitPackage(specifier)
	if !ok {
		return "", false, false
	}
	for dir := path.Dir("/" + importer); ; dir = path.Dir(dir) {
		if path.Base(dir) != "node_modules" {
			folder := clean(path.Join(dir, "node_modules", pkg))
			if to, linked := p.links[folder]; linked {
				folder = to
			}
			if m := p.manifest(folder); m != nil {
				name, found = p.within(folder, m, sub, conditions)
				return name, m.pure, found
			}
		}
		if dir == "/" {
			break
		}
	}
	p.note(pkg, importer)
	return "", false, false
}

// note remembers a missing package.
func (p *packages) note(name, importer string) {
	if key := name + "\x00" + path.Dir(importer); !p.noted[key] && len(p.missing) < maxMissing {
		p.noted[key] = true
		p.missing = append(p.missing, &facetv1.MissingPackage{Name: name, Importer: importer})
	}
}

// within resolves "." or "./sub" inside a package.
func (p *packages) within(folder string, m *manifest, sub string, conditions []string) (string, bool) {
	if m.exports != nil {
		return p.target(folder, match(exportsMap(m.exports), sub, conditions))
	}
	if sub != "." {
		return at(p.modules, clean(path.Join(folder, sub)))
	}
	for _, main := range m.mains {
		if name, ok := at(p.modules, clean(path.Join(folder, main))); ok && strings.HasPrefix(name, folder+"/") {
			return name, true
		}
	}
	return "", false
}

// target looks up a path that a package.json names, which stays in its folder.
func (p *packages) target(folder, to string) (string, bool) {
	if !strings.HasPrefix(to, "./") {
		return "", false
	}
	name := clean(path.Join(folder, to))
	if !strings.HasPrefix(name, folder+"/") && folder != "" || p.modules[name] == nil {
		return "", false
	}
	return name, true
}

// enclosing gives the package that a module is part of.
func (p *packages) enclosing(importer string) (string, *manifest) {
	for dir := path.Dir("/" + importer); ; dir = path.Dir(dir) {
		if m := p.manifest(clean(dir)); m != nil {
			return clean(dir), m
		}
		if dir == "/" || path.Base(dir) == "node_modules" {
			return "", nil
		}
	}
}
