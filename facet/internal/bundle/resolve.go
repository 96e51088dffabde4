package bundle

import (
	"fmt"
	"path"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

const (
	mainSpecifier = "facetd:main"
	// runtimeSpecifier is what the other modules get the runtime's from: it takes the
	// global function, which is there while the script is evaluated, for those that
	// are evaluated later.
	runtimeSpecifier = "facetd:runtime"
	// Namespaces of esbuild paths: the worker's modules, the bytes behind a data
	// module, and the modules that the runtime provides.
	appSpace, bytesSpace, runtimeSpace = "app", "bytes", "runtime"
)

// runtimeModules are provided by the runtime surface under these export names.
var runtimeModules = map[string]string{
	"cloudflare:workers": "DurableObject, WorkerEntrypoint, RpcTarget, RpcStub, RpcPromise, RpcProperty, ServiceStub, env, exports, waitUntil",
}

// extensions are tried in this order for a specifier without a file of its own
// name, as bundlers do.
var extensions = []string{".ts", ".tsx", ".js", ".mjs", ".jsx", ".cjs", ".json"}

func clean(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }

func resolver(main string, modules map[string]*facetv1.Module, packages *packages, node *node) api.Plugin {
	return api.Plugin{Name: "facetd", Setup: func(b api.PluginBuild) {
		node.setup(b)
		b.OnResolve(api.OnResolveOptions{Filter: ".*"}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
			switch {
			case a.Path == mainSpecifier && a.Namespace != appSpace:
				return api.OnResolveResult{Path: clean(main), Namespace: appSpace}, nil
			case a.Path == runtimeSpecifier && (a.Namespace != appSpace || a.PluginData == nil && isWasm(modules[a.Importer])):
				return api.OnResolveResult{Path: runtimeSpecifier, Namespace: runtimeSpace}, nil
			case a.Namespace == appSpace && strings.HasPrefix(a.Path, "bytes:") && a.PluginData == nil && isBytes(modules[a.Importer]):
				return api.OnResolveResult{Path: a.Importer, Namespace: bytesSpace}, nil
			case runtimeModules[a.Path] != "":
				return api.OnResolveResult{Path: a.Path, Namespace: runtimeSpace}, nil
			case strings.HasPrefix(a.Path, nodePrefix):
				return node.resolve(a)
			case packages != nil && node.has(a.Path): // as wrangler's bundler has it
				return node.resolve(a)
			}
			result := api.OnResolveResult{Namespace: appSpace}
			var ok, pure bool
			if packages != nil && isBare(a.Path) {
				if result.Path, pure, ok = packages.resolve(a.Importer, a.Path, a.Kind); pure {
					result.SideEffects = api.SideEffectsFalse
				}
			} else {
				result.Path, ok = find(modules, a.Importer, a.Path)
			}
			if ok {
				return result, nil
			}
			if node.has(a.Path) {
				return node.resolve(a)
			}
			return api.OnResolveResult{Errors: []api.Message{{Text: noSuchModule(a.Path)}}}, nil
		})
		b.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: appSpace}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
			return load(a.Path, modules[a.Path]), nil
		})
		b.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: bytesSpace}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
			text := string(modules[a.Path].Content)
			return api.OnLoadResult{Contents: &text, Loader: api.LoaderBinary}, nil
		})
		b.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: runtimeSpace}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
			text := "export const runtimeModule=__facetd_module;"
			if a.Path != runtimeSpecifier {
				text = fmt.Sprintf("import {runtimeModule} from %q;export const {%s} = runtimeModule(%q);", runtimeSpecifier, runtimeModules[a.Path], a.Path)
			}
			return api.OnLoadResult{Contents: &text, Loader: api.LoaderJS}, nil
		})
	}}
}

// find resolves a specifier as the peer does, relative to the importing module
// whether or not it starts with a dot, then from the root; and, as bundlers do,
// without its extension, with .js standing for .ts, or as a folder.
func find(modules map[string]*facetv1.Module, importer, specifier string) (string, bool) {
	candidates := []string{clean(path.Join(path.Dir("/"+importer), specifier))}
	if strings.HasPrefix(specifier, "/") {
		candidates = []string{clean(specifier)}
	} else if !strings.HasPrefix(specifier, ".") {
		candidates = append(candidates, clean(specifier))
	}
	for _, c := range candidates {
		if name, ok := at(modules, c); ok {
			return name, true
		}
	}
	return "", false
}

// at finds the module that a path stands for.
func at(modules map[string]*facetv1.Module, c string) (string, bool) {
	if modules[c] != nil {
		return c, true
	}
	for _, ext := range extensions {
		if modules[c+ext] != nil {
			return c + ext, true
		}
	}
	if stem, ok := strings.CutSuffix(c, ".js"); ok {
		for _, ext := range []string{".ts", ".tsx"} {
			if modules[stem+ext] != nil {
				return stem + ext, true
			}
		}
	}
	for _, ext := range extensions {
		if name := path.Join(c, "index"+ext); modules[name] != nil {
			return name, true
		}
	}
	return "", false
}

// isBare reports whether a specifier can name a package.
func isBare(specifier string) bool {
	return !strings.HasPrefix(specifier, ".") && !strings.HasPrefix(specifier, "/") && !strings.Contains(specifier, ":")
}

// isBytes reports whether a module is made of bytes, which its shim imports.
func isBytes(m *facetv1.Module) bool {
	return m != nil && (m.Kind == facetv1.Module_KIND_DATA || m.Kind == facetv1.Module_KIND_WASM)
}

func isWasm(m *facetv1.Module) bool { return m != nil && m.Kind == facetv1.Module_KIND_WASM }

func noSuchModule(specifier string) string {
	hint := ""
	switch {
	case strings.HasPrefix(specifier, "cloudflare:"):
		hint = "; of these only cloudflare:workers is provided"
	}
	return fmt.Sprintf("No such module %q%s.", cut(specifier), hint)
}

func load(name string, m *facetv1.Module) api.OnLoadResult {
	text := string(m.Content)
	switch m.Kind {
	case facetv1.Module_KIND_TEXT:
		return api.OnLoadResult{Contents: &text, Loader: api.LoaderText}
	case facetv1.Module_KIND_JSON:
		return api.OnLoadResult{Contents: &text, Loader: api.LoaderJSON}
	case facetv1.Module_KIND_DATA:
		// Imported as an ArrayBuffer (fact L24); esbuild's loader gives a view
		// over exactly those bytes.
		shim := `import bytes from "bytes:";export default bytes.buffer;`
		return api.OnLoadResult{Contents: &shim, Loader: api.LoaderJS}
	case facetv1.Module_KIND_WASM:
		shim := `import bytes from "bytes:";import {runtimeModule} from "facetd:runtime";export default runtimeModule("facetd:wasm").compile(bytes);`
		return api.OnLoadResult{Contents: &shim, Loader: api.LoaderJS}
	}
	loader := api.LoaderJS
	switch path.Ext(name) {
	case ".ts", ".mts", ".cts":
		loader = api.LoaderTS
	case ".tsx":
		loader = api.LoaderTSX
	case ".jsx":
		loader = api.LoaderJSX
	}
	return api.OnLoadResult{Contents: &text, Loader: loader}
}
