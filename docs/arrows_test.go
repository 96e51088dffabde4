package docs_test

import (
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows is the table of docs/architecture.md: which rooms of this module a room
// may import. The arrows point one way; in particular nothing that runs inside
// the child can reach what runs outside.
var arrows = map[string][]string{
	"cmd/facetd":       {"supervisor", "sandbox", "seccomp"},
	"cmd/facet-runner": {"facet", "plugin-proto"},
	"cmd/facetbench":   {"supervisor", "sandbox"},
	"supervisor":       {"sandbox", "seccomp", "plugin-proto"},
	"sandbox":          {"seccomp"},
	"seccomp":          {},
	"facet":            {"plugin-proto"},
	"plugin-proto":     {},
	"docs":             {},
}

// testArrows are the further arrows of test files: outside meets inside where a
// real child is what a test needs.
var testArrows = map[string][]string{
	"supervisor": {"facet"},
	"sandbox":    {"facet"},
}

// room is the row of the table that a folder of the repository belongs to.
func room(folder string) string {
	parts := strings.Split(folder, "/")
	if parts[0] == "cmd" && len(parts) > 1 {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

func mayImport(from, to string, test bool) bool {
	return from == to || slices.Contains(arrows[from], to) ||
		test && slices.Contains(testArrows[from], to)
}

func TestImportsFollowTheArrows(t *testing.T) {
	for _, file := range files(t, ".go") {
		from := room(path.Dir(file))
		if _, known := arrows[from]; !known {
			t.Errorf("%s: room %q is not in the table of imports", file, from)
			continue
		}
		// Every file, whatever its build tags: a tag must not hide an arrow.
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ImportsOnly)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		for _, spec := range f.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Errorf("%s: import %s: %v", file, spec.Path.Value, err)
				continue
			}
			folder, ours := strings.CutPrefix(name, module+"/")
			if ours && !mayImport(from, room(folder), strings.HasSuffix(file, "_test.go")) {
				t.Errorf("%s: %s may not import %s (table in docs/arrows_test.go)", file, from, room(folder))
			}
		}
	}
}

// A rule that allows everything would pass above.
func TestArrowsRefuse(t *testing.T) {
	for _, c := range []struct {
		from, to string
		test     bool
		want     bool
	}{
		{"facet", "supervisor", false, false},
		{"facet", "sandbox", true, false},
		{"supervisor", "facet", false, false},
		{"supervisor", "facet", true, true},
		{"seccomp", "sandbox", true, false},
		{"sandbox", "seccomp", false, true},
		{"plugin-proto", "facet", true, false},
	} {
		if got := mayImport(c.from, c.to, c.test); got != c.want {
			t.Errorf("mayImport(%q, %q, test=%t) = %t, want %t", c.from, c.to, c.test, got, c.want)
		}
	}
}
