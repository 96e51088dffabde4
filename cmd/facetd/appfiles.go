package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/facetd/facetd/supervisor"
)

const (
	// Bounds on what is read of an app's folder. The total is the peer's limit on
	// the size of a worker (fact L27).
	maxAppFiles = 2000
	maxAppBytes = 64 << 20
)

// entryNames are looked for, in this order, in a folder that is served.
var entryNames = []string{"app.ts", "app.tsx", "app.js", "app.mjs", "index.ts", "index.tsx", "index.js", "index.mjs", "worker.ts", "worker.js", "src/index.ts", "src/index.js"}

// codeExtensions are those of files that can be an app by themselves.
var codeExtensions = []string{".js", ".mjs", ".jsx", ".ts", ".mts", ".tsx"}

// projectFiles mark a folder that needs more than its own modules.
var projectFiles = []string{"wrangler.jsonc", "wrangler.json", "wrangler.toml", "package.json"}

// app is the source of one app: its modules, named by their path in root.
type app struct {
	root    string // absolute path of the folder
	main    string // name of the main module
	modules map[string]supervisor.Module
	single  bool // only the main module has been read
}

// readApp reads the app at path, a file or a folder. Of a file only that file is
// read, so that an app in a home directory can't import its neighbours by
// accident; [app.readFolder] adds them when the code asks for them.
func readApp(name string) (*app, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(abs)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no app at %s", name)
	}
	if err != nil {
		return nil, fmt.Errorf("read the app: %w", err)
	}
	if info.IsDir() {
		a := &app{root: abs}
		if a.main, err = findEntry(abs); err != nil {
			return nil, err
		}
		return a, a.readFolder()
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is neither a file nor a folder", name)
	}
	a := &app{root: filepath.Dir(abs), main: filepath.Base(abs), single: true}
	module, ok := moduleFor(a.main)
	if !ok || !slices.Contains(codeExtensions, path.Ext(a.main)) {
		return nil, fmt.Errorf("%s is not a JavaScript or TypeScript file; serve a .js, .mjs, .ts, .tsx or .jsx file, or a folder", name)
	}
	if info.Size() > maxAppBytes {
		return nil, fmt.Errorf("%s has %d bytes, over the limit of %d for an app", name, info.Size(), maxAppBytes)
	}
	text, err := os.ReadFile(abs)
	if err != nil {
		return nil, fmt.Errorf("read the app: %w", err)
	}
	a.modules = map[string]supervisor.Module{a.main: module(text)}
	return a, nil
}

func findEntry(dir string) (string, error) {
	for _, p := range projectFiles {
		if _, err := os.Lstat(filepath.Join(dir, p)); err == nil {
			return "", fmt.Errorf("%s has a %s, which this version does not read; serve the file that exports the class instead, such as %s", dir, p, filepath.Join(dir, "src", "index.ts"))
		}
	}
	for _, e := range entryNames {
		if info, err := os.Stat(filepath.Join(dir, e)); err == nil && info.Mode().IsRegular() {
			return e, nil
		}
	}
	return "", fmt.Errorf("%s has no entry file; looked for %s", dir, strings.Join(entryNames, ", "))
}

// readFolder reads every module of the folder: regular files of a known kind,
// without hidden ones, node_modules and symbolic links.
func (a *app) readFolder() error {
	a.single = false
	a.modules = map[string]supervisor.Module{}
	root, err := os.OpenRoot(a.root)
	if err != nil {
		return fmt.Errorf("read the app: %w", err)
	}
	defer root.Close()
	total := int64(0)
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if base := path.Base(name); name != "." && (strings.HasPrefix(base, ".") || base == "node_modules") {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		module, ok := moduleFor(name)
		if !d.Type().IsRegular() || !ok {
			return nil
		}
		if len(a.modules) == maxAppFiles {
			return fmt.Errorf("%s holds more than %d files; put the app into a folder of its own", a.root, maxAppFiles)
		}
		text, err := readBounded(root, name, maxAppBytes-total)
		if err != nil {
			return err
		}
		total += int64(len(text))
		a.modules[name] = module(text)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the app: %w", err)
	}
	return nil
}

func readBounded(root *os.Root, name string, room int64) ([]byte, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, room+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > room {
		return nil, fmt.Errorf("with %s the app has more than %d bytes; put the app into a folder of its own", name, maxAppBytes)
	}
	return text, nil
}

// moduleFor gives the kind of module that a file name stands for.
func moduleFor(name string) (func([]byte) supervisor.Module, bool) {
	asText := func(make func(string) supervisor.Module) func([]byte) supervisor.Module {
		return func(b []byte) supervisor.Module { return make(string(b)) }
	}
	switch path.Ext(name) {
	case ".js", ".mjs", ".jsx":
		return asText(supervisor.JS), true
	case ".ts", ".mts", ".tsx":
		return asText(supervisor.TS), true
	case ".cjs":
		return asText(supervisor.CJS), true
	case ".json":
		return asText(supervisor.JSONText), true
	case ".txt", ".md", ".html", ".htm", ".css", ".sql", ".svg", ".xml", ".csv":
		return asText(supervisor.Text), true
	case ".bin", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".woff", ".woff2", ".wasm":
		return supervisor.Data, true
	}
	return nil, false
}
