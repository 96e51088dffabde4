package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/facetd/facetd/supervisor"
	"github.com/facetd/facetd/supervisor/project"
)

// entryNames are looked for, in this order, in a folder that is served.
var entryNames = []string{"app.ts", "app.tsx", "app.js", "app.mjs", "index.ts", "index.tsx", "index.js", "index.mjs", "worker.ts", "worker.js", "src/index.ts", "src/index.js"}

// app is the source of one app: its modules, named by their path in root.
type app struct {
	root    string // absolute path of the folder
	main    string // name of the main module
	modules map[string]supervisor.Module
	single  bool // only the main module has been read
}

// readAppFile reads only that file, so that an app in a home directory can't
// import its neighbours by accident; [app.readFolder] adds them when the code asks
// for them.
func readAppFile(abs string) (*app, error) {
	module, err := project.File(abs)
	if err != nil {
		return nil, err
	}
	a := &app{root: filepath.Dir(abs), main: filepath.Base(abs), single: true}
	a.modules = map[string]supervisor.Module{a.main: module}
	return a, nil
}

func readAppFolder(abs string) (*app, error) {
	if _, err := os.Lstat(filepath.Join(abs, "package.json")); err == nil {
		return nil, fmt.Errorf("%s has a package.json and no wrangler.jsonc, which would make it a project; serve the file that exports the class instead, such as %s", abs, filepath.Join(abs, "src", "index.ts"))
	}
	for _, e := range entryNames {
		if info, err := os.Stat(filepath.Join(abs, e)); err == nil && info.Mode().IsRegular() {
			a := &app{root: abs, main: e}
			return a, a.readFolder()
		}
	}
	return nil, fmt.Errorf("%s has no entry file; looked for %s", abs, strings.Join(entryNames, ", "))
}

func (a *app) readFolder() (err error) {
	a.single = false
	a.modules, err = project.Folder(a.root)
	return err
}

func (a *app) identity() (name, path string) {
	return strings.TrimSuffix(filepath.Base(a.main), filepath.Ext(a.main)), filepath.Join(a.root, a.main)
}

func (a *app) open(ctx context.Context, host *supervisor.Host, o serveOptions) (http.Handler, string, error) {
	worker, class, err := loadApp(ctx, host, a, o)
	if err != nil {
		return nil, "", err
	}
	stub := host.Object(serveNamespace, serveObject).Facets().Get(serveFacet, func(context.Context) (supervisor.StartupOptions, error) {
		return supervisor.StartupOptions{Class: worker.Class(class)}, nil
	})
	return stub, fmt.Sprintf("class %s of %s", class, a.main), nil
}
