package supervisor

import (
	"os"
	"path/filepath"
	"testing"
)

// A project keeps its objects under its own name, and does not begin anew beside
// those that an older layout left: what they are is the operator's to say.
func TestProjectsHaveDirectories(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	h := realHost(t, func(c *Config) { c.Dir = dir })
	want(t, project(t, h, documented), "/", "visit 1")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	named, old := filepath.Join(dir, "test.Root"), filepath.Join(dir, "Root")
	if _, err := os.Stat(named); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(named, old); err != nil {
		t.Fatal(err)
	}
	h = realHost(t, func(c *Config) { c.Dir = dir })
	_, err := h.OpenProject(t.Context(), ProjectConfig{Name: "test", Classes: []StoredClass{{Class: "Root"}},
		Worker: h.Loader().Load(WorkerCode{CompatibilityDate: "2026-04-01", MainModule: "i.js", Modules: map[string]Module{"i.js": JS(documented)}})})
	if !contains(err, "rename the directory Root in it to test.Root") {
		t.Errorf("beside an older layout: %v", err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(old, named); err != nil {
		t.Fatal(err)
	}
	h = realHost(t, func(c *Config) { c.Dir = dir })
	want(t, project(t, h, documented), "/", "visit 2")
}
