package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/facetd/facetd/supervisor"
	"github.com/facetd/facetd/supervisor/project"
)

// source is what serve was pointed at: an app, which is one class run as one
// facet, or a project.
type source interface {
	// identity tells it from others, for the default data directory: a name that
	// people recognise, and the absolute path of what stays when files are
	// renamed inside.
	identity() (name, path string)
	// open loads the code in the host. about says what was found.
	open(ctx context.Context, host *supervisor.Host, o serveOptions) (handler http.Handler, about string, err error)
}

// readSource reads the app or the project at a path.
func readSource(name string, o serveOptions) (source, error) {
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
	if !info.IsDir() {
		if !info.Mode().IsRegular() {
			return nil, fmt.Errorf("%s is neither a file nor a folder", name)
		}
		return readAppFile(abs)
	}
	if !project.IsProject(abs) {
		return readAppFolder(abs)
	}
	if o.class != "" {
		return nil, usageError{errors.New("--class is for apps without a project; what a project serves is the default export of its main module"), "facetd serve"}
	}
	return readProject(name)
}
