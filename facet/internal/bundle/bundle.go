package bundle

import (
	"fmt"
	"maps"
	"path"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

const (
	// MaxOutput bounds the script and its source map, in bytes each: the limit on
	// the modules themselves (64 MiB, fact L27) with room for what esbuild adds.
	MaxOutput = 80 << 20
	// maxDiagnostics and maxText bound what a build reports.
	maxDiagnostics = 20
	maxText        = 2048
)

// The script is the body of a strict async function, so that top-level await
// works; it returns the namespace object of the main module. esbuild counts the
// banner in the source map.
const (
	banner = `(async()=>{"use strict";let __facetd_ns;const __facetd_import_meta={};`
	footer = `return __facetd_ns})()`
)

// Build bundles the request's modules. It never fails as a call: what is wrong
// with the code is in the response's errors.
func Build(req *facetv1.BundleRequest) *facetv1.BundleResponse {
	modules, diag := index(req)
	if diag != nil {
		return &facetv1.BundleResponse{Errors: []*facetv1.Diagnostic{diag}}
	}
	var packages *packages
	if req.Packages {
		packages = newPackages(modules, req.Links)
	}
	node := newNode(req)
	result := api.Build(options(req, modules, packages, node))
	if node.tracks && len(result.Errors) == 0 {
		o := options(req, modules, packages, node)
		maps.Copy(o.Supported, generatorsOnly)
		result = api.Build(o)
		explain(result.Errors)
	}
	return response(result, packages)
}

func options(req *facetv1.BundleRequest, modules map[string]*facetv1.Module, packages *packages, node *node) api.BuildOptions {
	// A unit of its own, and not the main module, is the entry point: an entry
	// point with exports would end in an export statement, which a script may
	// not contain.
	return api.BuildOptions{
		Stdin: &api.StdinOptions{
			Contents:   fmt.Sprintf("import %q;", runtimeSpecifier) + node.globals() + fmt.Sprintf("import * as ns from %q;__facetd_ns=ns;", mainSpecifier),
			Sourcefile: "facetd:entry",
		},
		Outfile:       "/worker.js",
		AbsWorkingDir: "/",
		Bundle:        true,
		Write:         false,
		Format:        api.FormatESModule,
		Platform:      api.PlatformNeutral,
		Target:        api.ESNext,
		// Not in JavaScriptCore 2.50.
		Supported: map[string]bool{"using": false, "decorators": false, "import-attributes": false},
		// Packages ask for NODE_ENV, which wrangler's bundler defines, too.
		Define:        map[string]string{"import.meta": "__facetd_import_meta", "process.env.NODE_ENV": `"production"`},
		Banner:        map[string]string{"js": banner},
		Footer:        map[string]string{"js": footer},
		Sourcemap:     api.SourceMapExternal,
		Charset:       api.CharsetUTF8,
		LegalComments: api.LegalCommentsNone,
		LogLevel:      api.LogLevelSilent,
		Color:         api.ColorNever,
		LogLimit:      maxDiagnostics,
		// That a library's part without side effects is imported for them is no news.
		LogOverride: map[string]api.LogLevel{"ignored-bare-import": api.LogLevelSilent},
		TsconfigRaw: `{"compilerOptions":{"experimentalDecorators":false,"useDefineForClassFields":true}}`,
		Plugins:     []api.Plugin{resolver(req.MainModule, modules, packages, node)},
	}
}

// response is what a build gave, within the bounds.
func response(result api.BuildResult, packages *packages) *facetv1.BundleResponse {
	resp := &facetv1.BundleResponse{
		Errors:   diagnostics(result.Errors),
		Warnings: diagnostics(result.Warnings),
	}
	if len(resp.Errors) > 0 {
		if packages != nil {
			resp.MissingPackages = packages.missing
		}
		return resp
	}
	for _, f := range result.OutputFiles {
		if len(f.Contents) > MaxOutput {
			resp.Errors = []*facetv1.Diagnostic{{Text: fmt.Sprintf("the bundled code has %d bytes, over the limit of %d", len(f.Contents), MaxOutput)}}
			return resp
		}
		if path.Ext(f.Path) == ".map" {
			resp.SourceMap = f.Contents
		} else {
			resp.Script = f.Contents
		}
	}
	return resp
}

func index(req *facetv1.BundleRequest) (map[string]*facetv1.Module, *facetv1.Diagnostic) {
	modules := make(map[string]*facetv1.Module, len(req.Modules))
	for _, m := range req.Modules {
		name := clean(m.Name)
		if modules[name] != nil {
			return nil, &facetv1.Diagnostic{Module: m.Name, Text: "two modules have this name"}
		}
		modules[name] = m
	}
	if modules[clean(req.MainModule)] == nil {
		return nil, &facetv1.Diagnostic{Module: req.MainModule, Text: "No such module: " + req.MainModule}
	}
	return modules, nil
}

func diagnostics(in []api.Message) []*facetv1.Diagnostic {
	var out []*facetv1.Diagnostic
	for _, m := range in {
		if len(out) == maxDiagnostics {
			break
		}
		d := &facetv1.Diagnostic{Text: cut(m.Text)}
		if l := m.Location; l != nil {
			d.Module = cut(ModuleName(l.File))
			d.Line = uint32(l.Line)
			d.Column = uint32(l.Column) + 1 // esbuild counts columns from 0
			d.LineText = cut(l.LineText)
		}
		out = append(out, d)
	}
	return out
}

// ModuleName gives the worker's name of a module for a path in esbuild's messages
// and source maps, which carry the namespace in front.
func ModuleName(p string) string { return strings.TrimPrefix(p, appSpace+":") }

// cut bounds a text that quotes the application's code.
func cut(s string) string {
	if len(s) > maxText {
		return s[:maxText] + "…"
	}
	return s
}
