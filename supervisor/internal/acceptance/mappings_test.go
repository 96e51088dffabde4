//go:build linux && amd64

package acceptance

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/facetd/facetd/supervisor"
)

// executable returns the mappings of a process that are executable and either
// writable or not of a file: into those code could be put. The kernel's own two
// do not count.
func executable(t *testing.T, pid int) []string {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	var bad []string
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line) // address, permissions, offset, device, inode, path
		if len(f) < 5 || !strings.Contains(f[1], "x") {
			continue
		}
		path := ""
		if len(f) > 5 {
			path = f[5]
		}
		kernel := path == "[vdso]" || path == "[vsyscall]"
		if strings.Contains(f[1], "w") || f[4] == "0" && !kernel {
			bad = append(bad, strings.TrimSpace(line))
		}
	}
	return bad
}

// TestMappingsControl is the control of executable: with the engine's compilers
// on, there is such a mapping.
func TestMappingsControl(t *testing.T) {
	needRoot(t, "only root may inspect a process that is not dumpable")
	h := openHost(t, func(c *supervisor.Config) { c.JIT = true; c.Pool = -1 })
	o := h.Object("mappings", "jit")
	s := o.Facets().Get("app", start(h, source(t, "counter.js"), nil))
	mustServe(t, s, "/", "1")
	if len(executable(t, info(t, o, "app").PID)) == 0 {
		t.Error("no mapping for compiled code with JIT on: the check sees nothing")
	}
}
