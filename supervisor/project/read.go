package project

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unicode/utf8"
)

// maxConfig bounds a configuration file and .dev.vars, in bytes each.
const maxConfig = 256 << 10

// configFiles are the names a configuration may have.
var configFiles = []string{"wrangler.jsonc", "wrangler.json", "wrangler.toml"}

// Project is what a folder's configuration says.
type Project struct {
	// Dir is the folder, absolute; File the name of the configuration in it.
	Dir, File string
	// Name is "worker" where the configuration has none. It is part of what the
	// ids of objects are made from.
	Name string
	// Main is the path of the entry module from Dir, with slashes, cleaned.
	Main               string
	CompatibilityDate  string
	CompatibilityFlags []string
	// Classes have a namespace: those that the migrations leave, in order of
	// their creation.
	Classes []Class
	// Bindings are the namespaces in env; Loaders the names of worker loaders
	// there.
	Bindings []Binding
	Loaders  []string
	// Vars are JSON values (nil, bool, float64, string, []any, map[string]any),
	// those of .dev.vars, which are strings, included.
	Vars map[string]any

	shown string // Dir as the caller named it, for messages
	rules []rule
	files *files
}

// Class is a class with a namespace.
type Class struct {
	Name string
	// Storage names the class's data. It is the name under which the class was
	// created, so that a renamed class keeps its data; a name that is created
	// again after it was renamed or deleted has "#2" and so on behind it.
	Storage string
	// Line and Column are where a migration creates or renames the class.
	Line, Column int
}

// Binding shows the namespace of Class as env[Name].
type Binding struct{ Name, Class string }

// IsProject reports whether a folder has a configuration file.
func IsProject(dir string) bool {
	for _, name := range configFiles {
		if info, err := os.Lstat(filepath.Join(dir, name)); err == nil && !info.IsDir() {
			return true
		}
	}
	return false
}

// Read reads the configuration of a project folder, but none of its modules. What
// is wrong with a file is an [Errors] or an [*Error]; other errors are about the
// folder.
func Read(dir string) (*Project, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("read the project: %w", err)
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return nil, fmt.Errorf("read the project: %w", err)
	}
	defer root.Close()
	p := &Project{Dir: abs, shown: dir, Name: "worker"}
	if p.File, err = findConfig(root, dir); err != nil {
		return nil, err
	}
	text, err := p.readText(root, p.File)
	if err != nil {
		return nil, err
	}
	r := &reader{file: filepath.Join(dir, p.File)}
	parse := r.parseJSONC
	if strings.HasSuffix(p.File, ".toml") {
		parse = r.parseTOML
	}
	names := map[string]place{}
	if n := parse(text); n != nil && len(r.errs) == 0 {
		names = p.decode(r, n)
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	if info, err := root.Stat(p.Main); err != nil || !info.Mode().IsRegular() {
		return nil, &Error{File: r.file, Line: names[mainKey].line, Column: names[mainKey].column,
			Message: fmt.Sprintf("main names %s, and there is no such file in the project", p.Main)}
	}
	return p, p.readDevVars(root, names)
}

// findConfig gives the one configuration file of a folder.
func findConfig(root *os.Root, dir string) (string, error) {
	var found []string
	for _, name := range configFiles {
		if _, err := root.Lstat(name); err == nil {
			found = append(found, name)
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("%s has no %s", dir, strings.Join(configFiles, ", "))
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("%s has several configuration files (%s); keep one", dir, strings.Join(found, ", "))
}

// readText reads a small text file beneath the project.
func (p *Project) readText(root *os.Root, name string) ([]byte, error) {
	file := filepath.Join(p.shown, name)
	f, err := openRegular(root, name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	switch {
	case len(text) > maxConfig:
		return nil, &Error{File: file, Message: fmt.Sprintf("has more than %d bytes", maxConfig)}
	case !utf8.Valid(text):
		return nil, &Error{File: file, Message: "is not UTF-8 text"}
	case brackets(text) > maxBrackets:
		return nil, &Error{File: file, Message: fmt.Sprintf("opens more than %d lists and objects", maxBrackets)}
	}
	return []byte(strings.TrimPrefix(string(text), "\ufeff")), nil
}

var errNotRegular = errors.New("it is not a regular file")

// openRegular opens a file beneath root without waiting for a pipe's other end.
func openRegular(root *os.Root, name string) (*os.File, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		if err == nil {
			err = &fs.PathError{Op: "open", Path: name, Err: errNotRegular}
		}
		return nil, err
	}
	return f, nil
}
