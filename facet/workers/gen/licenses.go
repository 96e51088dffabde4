package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// packages are those that the scripts contain parts of.
type packages struct {
	mu    sync.Mutex // esbuild loads several files at a time
	names map[string]bool
}

var contained = packages{names: map[string]bool{}}

// add reads esbuild's list of what it made a script of.
func (p *packages) add(metafile string) error {
	var list struct {
		Outputs map[string]struct {
			Inputs map[string]struct{ BytesInOutput int }
		}
	}
	if err := json.Unmarshal([]byte(metafile), &list); err != nil {
		return fmt.Errorf("read esbuild's metafile: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, output := range list.Outputs {
		for file, part := range output.Inputs {
			if name := packageOf(file); name != "" && part.BytesInOutput > 0 {
				p.names[name] = true
			}
		}
	}
	return nil
}

// packageOf names the package that a file under node_modules is of.
func packageOf(file string) string {
	_, rest, ok := strings.Cut(filepath.ToSlash(file), "node_modules/")
	if !ok {
		return ""
	}
	parts := strings.SplitN(rest, "/", 3)
	if strings.HasPrefix(rest, "@") && len(parts) > 2 {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

// licenses writes DIR/dist/LICENSES.txt: the terms of what the scripts contain
// that is not ours.
func licenses(dir string) error {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(contained.names)) {
		text, err := license(filepath.Join(dir, "node_modules", name))
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "The generated scripts contain parts of %s:\n\n%s\n\n", name, text)
	}
	return os.WriteFile(filepath.Join(dir, "dist", "LICENSES.txt"), []byte(b.String()), 0o644)
}

// license reads a package's terms.
func license(folder string) (string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if strings.HasPrefix(strings.ToLower(e.Name()), "license") {
			text, err := os.ReadFile(filepath.Join(folder, e.Name()))
			return strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")), err
		}
	}
	return "", fmt.Errorf("%s has no license file", folder)
}
