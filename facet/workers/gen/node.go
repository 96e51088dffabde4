package main

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// nodeModules writes DIR/dist/node: the modules of Node.js, as src/node has them,
// each with the libraries it needs, and what several of them share in chunks.
func nodeModules(dir string) error {
	source, target := filepath.Join(dir, "src", "node"), filepath.Join(dir, "dist", "node")
	names, err := nodeNames(source)
	if err != nil {
		return err
	}
	o := options(dir)
	for _, name := range slices.Sorted(maps.Keys(names)) { // their order is in the output
		o.EntryPointsAdvanced = append(o.EntryPointsAdvanced, api.EntryPoint{InputPath: filepath.Join(source, name+".js"), OutputPath: name})
	}
	o.Format = api.FormatESModule
	o.Splitting = true
	o.External = []string{"facetd:runtime"} // which the worker's bundler has
	o.ChunkNames = "chunks/[name]-[hash]"
	o.Outdir = target
	o.LegalComments = api.LegalCommentsNone // their terms are in LICENSES.txt
	o.Define = map[string]string{"process.env.NODE_ENV": `"production"`, "process.env.NODE_DEBUG": "undefined", "global": "globalThis"}
	o.Plugins = []api.Plugin{nodeResolver(source, names)}
	result := api.Build(o)
	if len(result.Errors) > 0 {
		return fmt.Errorf("%d errors in the modules of Node.js", len(result.Errors))
	}
	if err := contained.add(result.Metafile); err != nil {
		return err
	}
	if err := os.RemoveAll(target); err != nil {
		return err
	}
	for _, f := range result.OutputFiles {
		if err := os.MkdirAll(filepath.Dir(f.Path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(f.Path, f.Contents, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// nodeNames lists the modules: each file outside of lib is one.
func nodeNames(source string) (map[string]bool, error) {
	names := map[string]bool{}
	err := fs.WalkDir(os.DirFS(source), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasPrefix(name, "lib/") {
			names[strings.TrimSuffix(name, ".js")] = true
		}
		return err
	})
	return names, err
}

// nodeResolver gives libraries our modules where they import Node.js's. What ends
// in a slash is a package of that name, and ours all the same to other packages.
func nodeResolver(source string, names map[string]bool) api.Plugin {
	instead := map[string]string{
		"async_hooks": "lib/async_context", "process": "lib/tick", "process/browser": "lib/tick", "abort-controller": "lib/nothing", "facetd:errors": "lib/errors", "facetd:runtime": "lib/runtime",
	}
	return api.Plugin{Name: "node", Setup: func(b api.PluginBuild) {
		b.OnLoad(api.OnLoadOptions{Filter: `unenv/.*/events/events\.mjs$|node-inspect-extracted/dist/inspect\.js$`}, genuine)
		b.OnResolve(api.OnResolveOptions{Filter: "^[a-z]"}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
			name := strings.TrimSuffix(strings.TrimPrefix(a.Path, "node:"), "/")
			// Our util takes part of assert, which takes the library's util.
			if strings.HasPrefix(a.Importer, source) || strings.HasSuffix(a.Importer, "/comparisons.js") || a.Kind == api.ResolveEntryPoint {
				return api.OnResolveResult{}, nil
			}
			if other := instead[name]; other != "" {
				return api.OnResolveResult{Path: filepath.Join(source, other+".js")}, nil
			}
			if names[name] {
				return api.OnResolveResult{Path: filepath.Join(source, name+".js")}, nil
			}
			return api.OnResolveResult{}, nil
		})
	}}
}

var literalGenerator = regexp.MustCompile(`(Object|Reflect)\.getPrototypeOf\(async function ?\* ?\(\) ?\{\}\)`)

// genuine takes the prototype of async generators from the runtime: where a worker's
// async functions become generators, a literal one has none. The library's own
// AbortError is an Error.
func genuine(a api.OnLoadArgs) (api.OnLoadResult, error) {
	text, err := os.ReadFile(a.Path)
	if err != nil {
		return api.OnLoadResult{}, err
	}
	if !literalGenerator.Match(text) {
		return api.OnLoadResult{}, fmt.Errorf("%s is not as expected: it makes no async generator", a.Path)
	}
	contents := strings.Replace(string(text), "const AbortError = Error;", `import {AbortError} from "facetd:errors";`, 1)
	contents = literalGenerator.ReplaceAllString(contents, `runtimeModule("facetd:node").asyncGenerator`)
	contents = `var {runtimeModule} = require("facetd:runtime");` + contents
	if filepath.Ext(a.Path) == ".mjs" {
		contents = strings.Replace(contents, `var {runtimeModule} = require("facetd:runtime")`, `import {runtimeModule} from "facetd:runtime"`, 1)
	}
	return api.OnLoadResult{Contents: &contents, Loader: api.LoaderJS}, nil
}
