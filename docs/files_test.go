package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

const maxLines = 400

func TestFilesAreShort(t *testing.T) {
	for _, file := range files(t, ".go", ".c", ".h", ".ts", ".sh") {
		source := read(t, file)
		if generated(source) || vendored(file) {
			continue
		}
		if n := strings.Count(source, "\n"); n > maxLines {
			t.Errorf("%s has %d lines, more than %d: split it by idea", file, n, maxLines)
		}
	}
}

// vendored: files taken over as they are from elsewhere.
func vendored(file string) bool {
	return path.Base(file) == "sqlite3.h" // the header of the amalgamation that go-sqlite3 compiles
}

// Raw memory and cgo stand in files whose name says so, to be read twice.
func TestUnsafeCodeIsNamed(t *testing.T) {
	for _, file := range files(t, ".go") {
		name := strings.TrimSuffix(strings.TrimSuffix(path.Base(file), ".go"), "_test")
		if strings.HasSuffix(name, "_unsafe") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ImportsOnly)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		for _, spec := range f.Imports {
			if p := spec.Path.Value; (p == `"unsafe"` || p == `"C"`) && !generated(read(t, file)) {
				t.Errorf("%s imports %s: such code belongs in a file named *_unsafe.go", file, p)
			}
		}
	}
}

// Each package has one package comment, in one place.
func TestPackagesAreDocumented(t *testing.T) {
	commented := map[string][]string{} // folder → files with a package comment
	for _, file := range files(t, ".go") {
		if strings.HasSuffix(file, "_test.go") || strings.Contains(file, "/testdata/") {
			continue
		}
		folder := path.Dir(file)
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil,
			parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		commented[folder] = append(commented[folder], documents(f, file)...)
	}
	for folder, in := range commented {
		if len(in) != 1 {
			t.Errorf("%s: %d package comments %v, want one", folder, len(in), in)
		}
	}
}

// documents returns the file where it carries the package comment. The comment
// that protoc-gen-go copies from a .proto file is about the file.
func documents(f *ast.File, file string) []string {
	if f.Doc == nil || strings.HasSuffix(file, ".pb.go") {
		return nil
	}
	return []string{file}
}
