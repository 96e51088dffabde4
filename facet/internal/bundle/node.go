package bundle

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/facetd/facetd/facet/workers"
	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

const (
	nodePrefix = "node:"
	// nodeSpace is the namespace of the modules of Node.js, requireSpace of what
	// require() gets of them, globalsSpace of their globals.
	nodeSpace, requireSpace, globalsSpace = "node", "node-require", "node-globals"
	globalsSpecifier                      = "facetd:node-globals"
	nodeRoot                              = "dist/node/"
	asyncHooks                            = "async_hooks"
)

// node gives a worker with the flag nodejs_compat the modules of Node.js.
type node struct {
	on       bool
	modules  []*facetv1.Module
	provided func() []string

	mu     sync.Mutex // esbuild resolves several at a time
	tracks bool       // the worker imports node:async_hooks
}

func newNode(req *facetv1.BundleRequest) *node {
	return &node{on: req.Node, modules: req.Modules, provided: sync.OnceValue(providedNode)}
}

// generatorsOnly is what a worker that follows asynchronous contexts is made
// without: see src/node/async_hooks.js. esbuild then has no top-level await.
var generatorsOnly = map[string]bool{"async-await": false, "async-generator": false, "for-await": false}

// explain says what is behind esbuild's words about a target that nobody chose.
func explain(errors []api.Message) {
	for i := range errors {
		if strings.HasPrefix(errors[i].Text, "Top-level await is not available") {
			errors[i].Text = "Top-level await does not go together with node:async_hooks: await inside a function, such as a handler."
		}
	}
}

// providedNode lists the modules, without the prefix.
func providedNode() []string {
	var names []string
	err := fs.WalkDir(workers.NodeModules, strings.TrimSuffix(nodeRoot, "/"), func(name string, d fs.DirEntry, err error) error {
		if name = strings.TrimPrefix(name, nodeRoot); err == nil && !d.IsDir() && !strings.HasPrefix(name, "chunks/") {
			names = append(names, strings.TrimSuffix(name, ".js"))
		}
		return err
	})
	if err != nil {
		panic(err) // embedded
	}
	slices.Sort(names)
	return names
}

// has reports whether a specifier without the prefix names one of the modules.
func (n *node) has(specifier string) bool { return n.on && slices.Contains(n.provided(), specifier) }

// resolve finds a module of Node.js, or says what there is.
func (n *node) resolve(a api.OnResolveArgs) (api.OnResolveResult, error) {
	name := strings.TrimPrefix(a.Path, nodePrefix)
	if !n.has(name) {
		text := fmt.Sprintf("No such module %q; of Node.js there are %s.", cut(a.Path), strings.Join(n.provided(), ", "))
		if !n.on {
			text = fmt.Sprintf(`No such module %q; the compatibility flag "nodejs_compat" gives some of Node.js's modules.`, cut(a.Path))
		}
		return api.OnResolveResult{Errors: []api.Message{{Text: text}}}, nil
	}
	if name == asyncHooks && a.Namespace == appSpace {
		n.mu.Lock()
		n.tracks = true
		n.mu.Unlock()
	}
	if a.Kind == api.ResolveJSRequireCall && a.Namespace == appSpace {
		return api.OnResolveResult{Path: name, Namespace: requireSpace}, nil
	}
	result := api.OnResolveResult{Path: name + ".js", Namespace: nodeSpace}
	if name != asyncHooks { // what it replaces is needed by others, too
		result.SideEffects = api.SideEffectsFalse
	}
	return result, nil
}

// setup adds the loaders of the modules' texts, and the way from one to another.
func (n *node) setup(b api.PluginBuild) {
	b.OnResolve(api.OnResolveOptions{Filter: `^\.`, Namespace: nodeSpace}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
		return api.OnResolveResult{Path: path.Join(path.Dir(a.Importer), a.Path), Namespace: nodeSpace, SideEffects: api.SideEffectsFalse}, nil
	})
	b.OnResolve(api.OnResolveOptions{Filter: "^" + globalsSpecifier + "$"}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
		if a.Namespace == appSpace {
			return api.OnResolveResult{}, nil
		}
		return api.OnResolveResult{Path: a.Path, Namespace: globalsSpace}, nil
	})
	b.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: nodeSpace}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
		text, err := workers.NodeModules.ReadFile(nodeRoot + a.Path)
		contents := string(text)
		return api.OnLoadResult{Contents: &contents, Loader: api.LoaderJS}, err
	})
	// What Node.js exports to require() is the default export.
	b.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: requireSpace}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
		text := fmt.Sprintf("import m from %q;module.exports=m;", nodePrefix+a.Path)
		return api.OnLoadResult{Contents: &text, Loader: api.LoaderJS}, nil
	})
	b.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: globalsSpace}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
		text := n.globalsText()
		return api.OnLoadResult{Contents: &text, Loader: api.LoaderJS}, nil
	})
}

// globals is the statement of the entry point that makes the globals of Node.js.
func (n *node) globals() string {
	if !n.on {
		return ""
	}
	return fmt.Sprintf("import %q;", globalsSpecifier)
}

var mentions = map[string]*regexp.Regexp{"Buffer": regexp.MustCompile(`\bBuffer\b`), "process": regexp.MustCompile(`\bprocess\b`)}

// globalsText defines them. Those that take a library are in the script only of a
// worker that mentions their names.
func (n *node) globalsText() string {
	var b strings.Builder
	b.WriteString(`import {setImmediate,clearImmediate} from "node:timers";`)
	list := []string{"setImmediate", "clearImmediate", "global:globalThis"}
	if n.mention("Buffer") {
		b.WriteString(`import {Buffer} from "node:buffer";`)
		list = append(list, "Buffer")
	}
	if n.mention("process") {
		b.WriteString(`import process from "node:process";`)
		list = append(list, "process")
	}
	fmt.Fprintf(&b, `const all={%s};for(const name of Object.keys(all))Object.defineProperty(globalThis,name,{value:all[name],writable:true,configurable:true});`, strings.Join(list, ","))
	return b.String()
}

func (n *node) mention(name string) bool {
	return slices.ContainsFunc(n.modules, func(m *facetv1.Module) bool {
		return (m.Kind == facetv1.Module_KIND_JS || m.Kind == facetv1.Module_KIND_CJS) && mentions[name].Match(m.Content)
	})
}
