package battery

import (
	"go/ast"
	"go/parser"
	"go/token"
	"math/bits"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/facetd/facetd/sandbox"
)

const cases = 116

// TestRegister holds the register together: every number once and in order, each
// case tried or explained.
func TestRegister(t *testing.T) {
	all := Cases()
	if len(all) != cases {
		t.Errorf("%d cases, want %d", len(all), cases)
	}
	var held sandbox.Layer
	for i, c := range all {
		if c.Number != i+1 {
			t.Fatalf("case %d is at the place of %d", c.Number, i+1)
		}
		if c.Name == "" || c.Expect == "" || strings.Trim(string(c.Expect), "DKLR") != "" {
			t.Errorf("case %d: name %q, expectation %q", c.Number, c.Name, c.Expect)
		}
		if len(c.Attempts) == 0 && len(c.Tests) == 0 && c.Reason == "" {
			t.Errorf("case %d is neither tried nor explained", c.Number)
		}
		names := map[string]bool{}
		for _, a := range c.Attempts {
			if a.Name == "" || names[a.Name] {
				t.Errorf("case %d: attempt %q: no name of its own", c.Number, a.Name)
			}
			names[a.Name] = true
			if a.Holders == 0 || a.Holders&a.Also != 0 {
				t.Errorf("case %d: %s: holders %s, also %s", c.Number, a.Name, a.Holders, a.Also)
			}
			held |= a.Holders
		}
		for _, a := range c.App {
			if a.Works != (a.Wall == "") {
				t.Errorf("case %d: %s: a control has no wall, and all others have one: %q", c.Number, a.Name, a.Wall)
			}
		}
	}
	// Dropping any layer turns an attempt red, except for these: the mount
	// namespace is what the empty root stands in, and the other two need a
	// processor that shares what they part.
	if left := sandbox.AllLayers &^ held; left != sandbox.MountNamespace|sandbox.CoreScheduling|sandbox.SpeculationControl {
		t.Errorf("layers that stop no attempt: %s", left)
	}
}

// TestGravest: what would be an escape, another's data, a network or a foreign
// program is stopped by two layers at least, each alone. That the kernel looks at
// a call (a surface) is none of these yet.
func TestGravest(t *testing.T) {
	gravest := 0
	for _, c := range Cases() {
		if !c.Gravest {
			continue
		}
		gravest++
		for _, a := range c.Attempts {
			if bits.OnesCount64(uint64(a.Holders)) < 2 && !a.Surface {
				t.Errorf("case %d: %s: %s alone", c.Number, a.Name, a.Holders)
			}
		}
	}
	if gravest < 20 {
		t.Errorf("%d gravest cases", gravest)
	}
}

// TestNamedTestsExist: the tests of other rooms that the register relies on.
func TestNamedTestsExist(t *testing.T) {
	known := map[string]map[string]bool{}
	for _, c := range Cases() {
		for _, named := range c.Tests {
			if known[named.Package] == nil {
				known[named.Package] = testsOf(t, filepath.Join("..", "..", named.Package))
			}
			if !known[named.Package][named.Name] {
				t.Errorf("case %d: %s has no %s", c.Number, named.Package, named.Name)
			}
		}
	}
}

// testsOf lists the tests of a folder, whatever their build tags.
func testsOf(t *testing.T, folder string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(folder + "/*_test.go")
	if err != nil || len(files) == 0 {
		if _, err := os.Stat("../../go.mod"); err != nil {
			t.Skip("skipped: the source tree is not here")
		}
		t.Fatalf("%s: no tests: %v", folder, err)
	}
	names := map[string]bool{}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				names[fn.Name.Name] = true
			}
		}
	}
	return names
}
