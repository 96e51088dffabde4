package project

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/facetd/facetd/supervisor"
)

// packageName is the grammar of names on the npm registry, without its old
// exceptions: no part begins with a dot, none is empty.
var packageName = regexp.MustCompile(`^(?:@[a-z0-9~-][a-z0-9._~-]*/)?[a-zA-Z0-9~_-][a-zA-Z0-9._~-]*$`)

// maxPackageName is the registry's limit, in bytes.
const maxPackageName = 214

// IsPackageName reports whether a text is the name of an npm package.
func IsPackageName(name string) bool {
	return len(name) <= maxPackageName && packageName.MatchString(name)
}

// AddPackages reads packages that a bundler reported missing from the nearest
// node_modules of each importer up to the project's folder, and adds their code
// and JSON as modules. It reports whether any was found. What the bundler says is
// not believed: a name that is none, or an importer that is no module, is left
// out; a package is read once.
func (p *Project) AddPackages(missing []supervisor.MissingPackage) (bool, error) {
	root, err := os.OpenRoot(p.Dir)
	if err != nil {
		return false, fmt.Errorf("read the packages: %w", err)
	}
	defer root.Close()
	found := false
	for _, m := range missing {
		if _, known := p.files.modules[m.Importer]; !known || !IsPackageName(m.Name) {
			continue
		}
		added, err := p.files.addPackage(root, m.Name, path.Dir(m.Importer))
		if err != nil {
			return false, fmt.Errorf("read package %s: %w", m.Name, err)
		}
		found = found || added
	}
	return found, nil
}

// addPackage looks upwards from a folder for the package and reads the first.
func (f *files) addPackage(root *os.Root, name, from string) (bool, error) {
	for dir := from; ; dir = path.Dir(dir) {
		if path.Base(dir) != "node_modules" {
			folder := path.Join(dir, "node_modules", name)
			info, err := root.Stat(folder)
			switch {
			case err == nil && info.IsDir():
				if f.tried[folder] {
					return false, nil
				}
				f.tried[folder] = true
				real, err := f.real(folder)
				if err != nil {
					return false, err
				}
				if real != folder {
					f.links[folder] = real
					if f.tried[real] {
						return true, nil
					}
					f.tried[real] = true
				}
				return true, f.readPackage(root, real)
			case err != nil && !errors.Is(err, fs.ErrNotExist):
				return false, fmt.Errorf("%s cannot be read, or is a symbolic link that leaves the project's folder; install the packages inside it: %w", folder, err)
			}
		}
		if dir == "." || dir == "/" {
			return false, nil
		}
	}
}

// Links are the package folders that are symbolic links, by their names, and the
// folders in the project that they lead to. The map is the project's own and grows
// with [Project.AddPackages].
func (p *Project) Links() map[string]string { return p.files.links }

// real returns where a folder of the project is once every symbolic link is
// followed: in the project, or it is not read.
func (f *files) real(folder string) (string, error) {
	top, err := filepath.EvalSymlinks(f.dir)
	if err != nil {
		return "", err
	}
	to, err := filepath.EvalSymlinks(filepath.Join(f.dir, filepath.FromSlash(folder)))
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(top, to)
	if err != nil || !filepath.IsLocal(rel) {
		return "", fmt.Errorf("%s is a symbolic link that leaves the project's folder, which is not read; install the packages inside it", folder)
	}
	return filepath.ToSlash(rel), nil
}

// readPackage reads a package's own files: those of packages inside it are read
// when they are missed. Its folder may be a symbolic link within the project, as
// package managers make for workspaces; links inside it are not followed.
func (f *files) readPackage(root *os.Root, folder string) error {
	sub, err := root.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer sub.Close()
	return fs.WalkDir(sub.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.Count(name, "/") > maxFolders {
			return errDeep
		}
		if base := path.Base(name); name != "." && d.IsDir() && (base == "node_modules" || strings.HasPrefix(base, ".")) {
			return fs.SkipDir
		}
		if !d.Type().IsRegular() {
			return nil
		}
		module := path.Join(folder, name)
		k := ruleKind(module, f.rules)
		if k == nil {
			k = codeKind(name)
		}
		if k == nil {
			return nil
		}
		return f.readAs(sub, name, module, k)
	})
}
