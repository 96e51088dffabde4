package battery

import (
	"bufio"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestNamedTestsPass runs the tests of other rooms that the register relies on
// and wants each to pass: one that was skipped or left out is no proof. In the
// short form they run with their own packages, in the same "make test".
func TestNamedTestsPass(t *testing.T) {
	if !full() {
		t.Log("they run with their packages; make attack runs them from here")
		return
	}
	byPackage := map[string][]string{}
	for _, c := range Cases() {
		for _, named := range c.Tests {
			if !slices.Contains(byPackage[named.Package], named.Name) {
				byPackage[named.Package] = append(byPackage[named.Package], named.Name)
			}
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(byPackage)) {
		t.Run(folder, func(t *testing.T) {
			passed := runNamed(t, folder, byPackage[folder])
			for _, name := range byPackage[folder] {
				if !passed[name] {
					t.Errorf("%s did not pass", name)
				}
			}
		})
	}
}

// runNamed runs tests of one package; true is a test that passed.
func runNamed(t *testing.T, folder string, names []string) map[string]bool {
	t.Helper()
	cmd := exec.Command("go", "test", "-json", "-count=1", "-tags", sqliteTags, "-timeout", "10m",
		"-run", "^("+strings.Join(names, "|")+")$", "github.com/facetd/facetd/"+folder)
	cmd.Env = append(os.Environ(), "FACETD_MUST_WORK=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	passed := map[string]bool{}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var event struct{ Action, Test, Output string }
		if json.Unmarshal(lines.Bytes(), &event) != nil {
			continue
		}
		if event.Action == "pass" {
			passed[event.Test] = true
		}
		if strings.Contains(event.Output, "_test.go:") {
			t.Log(strings.TrimSpace(event.Output))
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	return passed
}
