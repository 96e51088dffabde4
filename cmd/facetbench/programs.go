package main

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

//go:embed programs
var programFiles embed.FS

// programSource returns the app that both systems run.
func programSource(name string) ([]byte, error) {
	b, err := programFiles.ReadFile("programs/" + name + ".js")
	if err != nil || name == "peer" {
		return nil, fmt.Errorf("no program %q; there are hello, read and counter", name)
	}
	return b, nil
}

// writePrograms puts into dir the program as app.js for facetd, and the peer's
// configuration around the same text.
func writePrograms(dir, name string) error {
	app, err := programSource(name)
	if err != nil {
		return err
	}
	for to, content := range map[string][]byte{"app.js": app, "program.txt": app, "peer.js": nil, "peer.capnp": nil} {
		if content == nil {
			if content, err = programFiles.ReadFile("programs/" + to); err != nil {
				return err
			}
		}
		if err := os.WriteFile(filepath.Join(dir, to), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// targets lists the paths that address the facets, and by which the load is
// spread.
func targets(facets int) []string {
	if facets == 1 {
		return []string{"/"}
	}
	paths := make([]string, facets)
	for i := range paths {
		paths[i] = fmt.Sprintf("/f%d", i)
	}
	return paths
}

// counts reports whether each answer of the program is the number of the
// request, so that lost writes show.
func counts(program string) bool { return strings.HasPrefix(program, "counter") }
