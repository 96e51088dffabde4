// Command gen bundles src/main.ts and the npm libraries it uses into
// dist/runtime.js, and puts the libraries' licenses beside it. It needs node_modules: run "npm ci" first.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	dir := "."
	if len(os.Args) > 1 {
		dir = os.Args[1]
	}
	if err := run(dir); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run writes what is in DIR/dist.
func run(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		return fmt.Errorf("no node_modules in %s: run npm ci there: %w", dir, err)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	o := options(dir)
	o.EntryPoints = []string{"src/main.ts"}
	o.LegalComments = api.LegalCommentsEndOfFile
	o.Plugins = []api.Plugin{lazy(dir)}
	script, err := build(o)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "dist", "runtime.js"), []byte(script), 0o644); err != nil {
		return err
	}
	if err := nodeModules(dir); err != nil {
		return err
	}
	return licenses(dir)
}

func options(dir string) api.BuildOptions {
	return api.BuildOptions{
		AbsWorkingDir: dir,
		Bundle:        true,
		Format:        api.FormatIIFE,
		Platform:      api.PlatformNeutral,
		MainFields:    []string{"module", "main"},
		// JavaScriptCore 2.50 has all of the language but these.
		Target:    api.ESNext,
		Supported: map[string]bool{"using": false, "decorators": false},
		// Identifiers stay: class and function names are visible to applications
		// and stacks should be readable.
		MinifyWhitespace: true,
		MinifySyntax:     true,
		Charset:          api.CharsetASCII,
		LogLevel:         api.LogLevelWarning,
		Metafile:         true, // for the licenses
	}
}

func build(o api.BuildOptions) (string, error) {
	result := api.Build(o)
	if len(result.Errors) > 0 {
		return "", fmt.Errorf("%d errors", len(result.Errors))
	}
	return string(result.OutputFiles[0].Contents), contained.add(result.Metafile)
}

// lazy resolves "lazy:NAME" to the text of a function that evaluates
// src/lazy/NAME.js and returns its exports.
func lazy(dir string) api.Plugin {
	const space = "lazy"
	return api.Plugin{Name: space, Setup: func(b api.PluginBuild) {
		b.OnResolve(api.OnResolveOptions{Filter: "^lazy:"}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
			return api.OnResolveResult{Path: strings.TrimPrefix(a.Path, "lazy:"), Namespace: space}, nil
		})
		b.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: space}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
			o := options(dir)
			o.EntryPoints = []string{"src/lazy/" + a.Path + ".js"}
			o.GlobalName = "library"
			o.LegalComments = api.LegalCommentsInline
			// whatwg-url brings tables of Unicode that ICU already has.
			o.Alias = map[string]string{"tr46": "./src/lazy/tr46.ts"}
			script, err := build(o)
			if err != nil {
				return api.OnLoadResult{}, err
			}
			text := "(domainToASCII=>{" + script + "return library})"
			return api.OnLoadResult{Contents: &text, Loader: api.LoaderText}, nil
		})
	}}
}
