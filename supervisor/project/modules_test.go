package project

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/facetd/facetd/supervisor"
)

func names(m map[string]supervisor.Module) string {
	return strings.Join(slices.Sorted(maps.Keys(m)), " ")
}

func read(t *testing.T, files map[string]string) *Project {
	t.Helper()
	p, err := Read(folder(t, files))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestModules(t *testing.T) {
	p := read(t, map[string]string{
		"wrangler.json": `{"main": "src/index.ts", "compatibility_date": "2026-04-16", "rules": [{"type": "Text", "globs": ["**/*.tpl", "src/x.js"]}]}`,
		"src/index.ts":  "", "src/a/b.js": "", "src/a/c.tpl": "", "src/x.js": "text", "src/.hidden.js": "", "src/.git/x.js": "", "src/types.d.ts": "",
		"src/node_modules/x/index.js": "", "src/pic.png": "", "src/Makefile": "", "lib/other.js": "", "package.json": "{}",
	})
	link(t, "/etc/passwd", filepath.Join(p.Dir, "src", "link.js"))
	m, err := p.Modules()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := names(m), "src/a/b.js src/a/c.tpl src/index.ts src/pic.png src/x.js"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if fmt.Sprint(m["src/x.js"]) != fmt.Sprint(supervisor.Text("text")) {
		t.Error("a rule does not come before the ending")
	}
	more, err := p.AddAll()
	if got, want := names(m), "lib/other.js package.json src/a/b.js"; err != nil || !more || !strings.HasPrefix(got, want) || strings.Contains(got, "wrangler") {
		t.Errorf("got %s, %v", got, err)
	}
	if more, err := p.AddAll(); more || err != nil {
		t.Errorf("a second time: %t, %v", more, err)
	}
}

func TestModulesWithoutMain(t *testing.T) {
	p := read(t, map[string]string{"wrangler.json": with(""), "real.js": "", "index.js": ""})
	if err := os.Remove(filepath.Join(p.Dir, "index.js")); err != nil {
		t.Fatal(err)
	}
	link(t, "real.js", filepath.Join(p.Dir, "index.js"))
	if _, err := p.Modules(); err == nil || !strings.Contains(err.Error(), "main index.js is a symbolic link") {
		t.Errorf("got %v", err)
	}
}

func TestBounds(t *testing.T) {
	f := newFiles(folder(t, map[string]string{"a.js": "12345", "b.js": "12345"}), "d", nil)
	f.bytes = maxBytes - 9
	if err := f.readTree("."); err == nil || !strings.Contains(err.Error(), "more than 67108864 bytes") {
		t.Errorf("got %v", err)
	}
	f = newFiles(f.dir, "d", nil)
	for i := range maxFiles - 1 {
		f.modules[fmt.Sprint(i)] = supervisor.JS("")
	}
	if err := f.readTree("."); err == nil || !strings.Contains(err.Error(), "more than 10000 modules") {
		t.Errorf("got %v", err)
	}
}

func TestAddPackages(t *testing.T) {
	p := read(t, map[string]string{
		"wrangler.json":                            with(""),
		"index.js":                                 "",
		"node_modules/one/package.json":            "{}",
		"node_modules/one/main.js":                 "",
		"node_modules/one/readme.md":               "",
		"node_modules/one/index.d.ts":              "",
		"node_modules/one/node_modules/two/i.js":   "",
		"node_modules/two/other.js":                "",
		"node_modules/@scope/three/i.cjs":          "",
		"node_modules/.bin/x.js":                   "",
		"packages/four/index.js":                   "",
		"packages/four/node_modules/five/index.js": "",
	})
	link(t, "../packages/four", filepath.Join(p.Dir, "node_modules", "four"))
	outside := folder(t, map[string]string{"six/index.js": ""})
	link(t, filepath.Join(outside, "six"), filepath.Join(p.Dir, "node_modules", "six"))
	link(t, filepath.Join(outside, "six", "index.js"), filepath.Join(p.Dir, "node_modules", "one", "leak.js"))
	m, err := p.Modules()
	if err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		name, pkg, importer string
		found               bool
		added               string
	}{
		{"plain", "one", "index.js", true, "node_modules/one/main.js node_modules/one/package.json"},
		{"again", "one", "index.js", false, ""},
		{"nested before hoisted", "two", "node_modules/one/main.js", true, "node_modules/one/node_modules/two/i.js"},
		{"hoisted", "two", "index.js", true, "node_modules/two/other.js"},
		{"scoped", "@scope/three", "index.js", true, "node_modules/@scope/three/i.cjs"},
		{"workspace link", "four", "index.js", true, ""}, // it was read with the folder
		{"unknown", "nope", "index.js", false, ""},
		{"unknown importer", "two", "../../etc/passwd", false, ""},
		{"no name", "../packages", "index.js", false, ""},
		{"hidden", ".bin", "index.js", false, ""},
		{"scope alone", "@scope", "index.js", false, ""},
		{"absolute", "/etc", "index.js", false, ""},
		{"NUL", "a\x00b", "index.js", false, ""},
		{"long", strings.Repeat("a", 300), "index.js", false, ""},
	}
	for _, s := range steps {
		before := maps.Clone(m)
		found, err := p.AddPackages([]supervisor.MissingPackage{{Name: s.pkg, Importer: s.importer}})
		added := maps.Clone(m)
		maps.DeleteFunc(added, func(name string, _ supervisor.Module) bool { _, had := before[name]; return had })
		if err != nil || found != s.found || names(added) != s.added {
			t.Errorf("%s: got %t %q %v, want %t %q", s.name, found, names(added), err, s.found, s.added)
		}
	}
	if got := p.Links(); len(got) != 1 || got["node_modules/four"] != "packages/four" {
		t.Errorf("links: %v", got)
	}
	if _, err := p.AddPackages([]supervisor.MissingPackage{{Name: "six", Importer: "index.js"}}); err == nil || !strings.Contains(err.Error(), "escapes") {
		t.Errorf("a package outside the project: %v", err)
	}
}

func TestFolderAndFile(t *testing.T) {
	dir := folder(t, map[string]string{"a.ts": "", "b/c.json": "{}", "n.txt": "", "x.py": ""})
	m, err := Folder(dir)
	if err != nil || names(m) != "a.ts b/c.json n.txt" {
		t.Errorf("got %s, %v", names(m), err)
	}
	if _, err := File(filepath.Join(dir, "a.ts")); err != nil {
		t.Error(err)
	}
	if _, err := File(filepath.Join(dir, "n.txt")); err == nil || !strings.Contains(err.Error(), "is not a JavaScript or TypeScript file") {
		t.Errorf("got %v", err)
	}
}

// A chain of folders without end is told, not walked.
func TestNestedFolders(t *testing.T) {
	for _, deep := range []int{maxFolders, maxFolders + 1} {
		p := read(t, map[string]string{
			"wrangler.json": with(""), "index.js": "", strings.Repeat("d/", deep) + "x.js": "",
			"node_modules/p/" + strings.Repeat("d/", deep) + "x.js": "",
		})
		_, err := p.Modules()
		if wrong := errors.Is(err, errDeep); wrong != (deep > maxFolders) {
			t.Errorf("%d folders: %v", deep, err)
		}
		if deep > maxFolders {
			p.files = newFiles(p.Dir, p.shown, nil)
			p.files.modules["index.js"] = supervisor.JS("")
		}
		_, err = p.AddPackages([]supervisor.MissingPackage{{Name: "p", Importer: "index.js"}})
		if wrong := errors.Is(err, errDeep); wrong != (deep > maxFolders) {
			t.Errorf("%d folders in a package: %v", deep, err)
		}
	}
}
