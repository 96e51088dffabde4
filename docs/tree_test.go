// Package docs_test holds the rules of the repository that a compiler does not
// check: which room may import which, where unsafe code may stand, how long a
// file may be, that every package and every catalogued behaviour is documented.
package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	root   = ".."
	module = "github.com/facetd/facetd"
)

// files lists the files under root with one of the endings, as slash-separated
// paths from root, without hidden folders, npm packages and build output.
func files(t *testing.T, endings ...string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") || name == "node_modules" || path == root+"/bin") {
				return fs.SkipDir
			}
			return nil
		}
		for _, e := range endings {
			if strings.HasSuffix(name, e) {
				found = append(found, strings.TrimPrefix(filepath.ToSlash(path), root+"/"))
				break
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatalf("no file with ending %v found: the rule would check nothing", endings)
	}
	return found
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// generated reports whether a file says of itself that it is
// (https://go.dev/s/generatedcode, and the same line in other languages).
func generated(source string) bool {
	for line := range strings.Lines(source) {
		if strings.Contains(line, "Code generated ") && strings.Contains(line, " DO NOT EDIT") {
			return true
		}
	}
	return false
}
