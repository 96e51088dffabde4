// Command gen bundles src/main.ts and the npm libraries it uses into
// dist/runtime.js. It needs node_modules: run "npm ci" first.
package main

import (
	"fmt"
	"os"
	"path/filepath"

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

// run writes DIR/dist/runtime.js.
func run(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		return fmt.Errorf("no node_modules in %s: run npm ci there: %w", dir, err)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	result := api.Build(api.BuildOptions{
		EntryPoints:   []string{"src/main.ts"},
		AbsWorkingDir: abs,
		Outfile:       "dist/runtime.js",
		Write:         true,
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
		LegalComments:    api.LegalCommentsEndOfFile,
		Charset:          api.CharsetASCII,
		// whatwg-url brings tables of Unicode that ICU already has.
		Alias:    map[string]string{"tr46": "./src/web/url/tr46.ts"},
		LogLevel: api.LogLevelWarning,
	})
	if len(result.Errors) > 0 {
		return fmt.Errorf("%d errors", len(result.Errors))
	}
	return nil
}
