package main

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
)

//go:embed programs
var programFiles embed.FS

// documented is the name under which both systems run the whole documented
// program, the counter being its facet: for the other names facetd's facet is
// asked without the entry worker and the object that the peer needs.
const documented = "documented"

// programSource returns the app that both systems run.
func programSource(name string) ([]byte, error) {
	file := name
	if name == documented {
		file = "counter"
	}
	b, err := programFiles.ReadFile("programs/" + file + ".js")
	if err != nil || name == "peer" {
		return nil, fmt.Errorf("no program %q; there are hello, read, counter and documented", name)
	}
	return b, nil
}

// writePrograms puts into dir the program as app.js for facetd, and the peer's
// configuration around the same text, which facetd can serve as a project.
func writePrograms(dir, name string) error {
	app, err := programSource(name)
	if err != nil {
		return err
	}
	for to, content := range map[string][]byte{"app.js": app, "program.txt": app, "peer.js": nil, "peer.capnp": nil, "wrangler.jsonc": nil} {
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
func counts(program string) bool { return program == "counter" || program == documented }
