package docs_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// The Go code in the README compiles against the packages as they are.
func TestReadmeCompiles(t *testing.T) {
	block := regexp.MustCompile("(?s)```go\n(.*?)```").FindStringSubmatch(read(t, "README.md"))
	if block == nil {
		t.Fatal("the README has no Go code")
	}
	program := `package readme

import (
	"context"
	"net/http"

	"github.com/facetd/facetd/supervisor"
)

func Example(ctx context.Context, source string) error {
` + block[1] + `
	return http.ListenAndServe("localhost:8080", nil)
}
`
	// An overlay puts the text into the module without writing there. It is no
	// main package, so that nothing is linked, and is built as the tests are, so
	// that what they compiled serves.
	dir := t.TempDir()
	file := filepath.Join(dir, "readme.go")
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	base, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{
		"Replace": {filepath.Join(base, "docs", "readme", "readme.go"): file},
	})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "build", "-overlay", list, "./docs/readme")
	cmd.Dir = base
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("the README's Go code does not compile: %v\n%s", err, out)
	}
}
