package project

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/facetd/facetd/supervisor"
)

const (
	// maxFiles bounds the files that are read as modules, maxBytes their content:
	// the peer's limit on the size of a worker (fact L27).
	maxFiles = 10_000
	maxBytes = 64 << 20
	// maxFolders bounds how deep folders are nested: each name is looked up from the
	// top, so a chain of thousands would take minutes.
	maxFolders = 100
)

var errDeep = fmt.Errorf("folders are nested more than %d deep; put the app into a folder of its own", maxFolders)

// files are the modules that were read of a folder, within the bounds.
type files struct {
	dir     string // absolute
	shown   string // for messages
	rules   []rule
	modules map[string]supervisor.Module
	bytes   int64
	tried   map[string]bool // package folders that were looked for
	links   map[string]string
}

func newFiles(dir, shown string, rules []rule) *files {
	return &files{dir: dir, shown: shown, rules: rules, modules: map[string]supervisor.Module{}, tried: map[string]bool{}, links: map[string]string{}}
}

// Folder reads every module of a folder without a configuration: regular files
// of a known kind, without hidden ones, node_modules and symbolic links. Names
// are paths from dir.
func Folder(dir string) (map[string]supervisor.Module, error) {
	f := newFiles(dir, dir, nil)
	return f.modules, f.readTree(".")
}

// File reads one file as a module.
func File(name string) (supervisor.Module, error) {
	f := newFiles(filepath.Dir(name), filepath.Dir(name), nil)
	base := filepath.Base(name)
	if !isCode(base) {
		return supervisor.Module{}, fmt.Errorf("%s is not a JavaScript or TypeScript file; serve a %s file, or a folder", name, strings.Join(CodeExtensions, ", "))
	}
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return supervisor.Module{}, fmt.Errorf("read the app: %w", err)
	}
	defer root.Close()
	if err := f.read(root, base, codeKind(base)); err != nil {
		return supervisor.Module{}, fmt.Errorf("read the app: %w", err)
	}
	return f.modules[base], nil
}

// Modules reads the modules of main's folder and the folders in it, named by
// their paths from the project's folder: code, JSON, text and data by the rules
// and by their endings; no hidden files, symbolic links and node_modules. The map
// is the project's own and grows with [Project.AddAll] and [Project.AddPackages].
func (p *Project) Modules() (map[string]supervisor.Module, error) {
	p.files = newFiles(p.Dir, p.shown, p.rules)
	if err := p.files.readTree(path.Dir(p.Main)); err != nil {
		return nil, err
	}
	if _, ok := p.files.modules[p.Main]; !ok {
		return nil, fmt.Errorf("main %s is a symbolic link, in a hidden folder or in node_modules, which are not read", p.Main)
	}
	return p.files.modules, nil
}

// AddAll adds the modules of the whole project's folder, for code that imports
// from beside main's folder. It reports whether there were more.
func (p *Project) AddAll() (bool, error) {
	before := len(p.files.modules)
	err := p.files.readTree(".")
	return len(p.files.modules) > before, err
}

// readTree reads a folder and the folders in it.
func (f *files) readTree(dir string) error {
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return fmt.Errorf("read %s: %w", f.shown, err)
	}
	defer root.Close()
	err = fs.WalkDir(root.FS(), dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.Count(name, "/") > maxFolders {
			return errDeep
		}
		if base := path.Base(name); name != dir && (strings.HasPrefix(base, ".") || base == "node_modules") {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || isConfig(name) {
			return nil
		}
		if k := kindOf(name, f.rules); k != nil {
			return f.read(root, name, k)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read %s: %w", f.shown, err)
	}
	return nil
}

func isConfig(name string) bool {
	for _, c := range configFiles {
		if name == c {
			return true
		}
	}
	return false
}

// read adds one file as a module of its name.
func (f *files) read(root *os.Root, name string, k kind) error {
	return f.readAs(root, name, name, k)
}

// readAs adds one file as a module, once.
func (f *files) readAs(root *os.Root, name, module string, k kind) error {
	if _, have := f.modules[module]; have {
		return nil
	}
	if len(f.modules) >= maxFiles {
		return fmt.Errorf("it holds more than %d modules; put the app into a folder of its own", maxFiles)
	}
	file, err := openRegular(root, name)
	if errors.Is(err, errNotRegular) || errors.Is(err, fs.ErrNotExist) {
		return nil // replaced since its folder was read
	}
	if err != nil {
		return err
	}
	defer file.Close()
	text, err := readUpTo(file, maxBytes-f.bytes)
	if err != nil {
		return fmt.Errorf("%s: %w", module, err)
	}
	f.bytes += int64(len(text))
	f.modules[module] = k(text)
	return nil
}

// readUpTo reads all of r where it has no more than room bytes.
func readUpTo(r io.Reader, room int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, room+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > room {
		return nil, fmt.Errorf("with it the app has more than %d bytes; put the app into a folder of its own", maxBytes)
	}
	return text, nil
}
