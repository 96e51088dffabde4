//go:build linux && amd64

package battery

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/facetd/facetd/sandbox"
)

// checkNothingLeft fails where processes with user ids of the battery's stay: what a
// control leaves behind has no wall around it that would end it.
func checkNothingLeft(t *testing.T, ids sandbox.IDRange) {
	t.Helper()
	if os.Geteuid() != 0 {
		return // the ids are the user's own
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		left := running(ids)
		if len(left) == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("left behind: %s", strings.Join(left, ", "))
		}
	}
}

// running lists processes by number and name.
func running(ids sandbox.IDRange) []string {
	var found []string
	files, _ := filepath.Glob("/proc/[0-9]*/status") // the pattern is well formed
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			continue // it has ended
		}
		if strings.Contains(string(text), "\nState:\tZ") {
			continue // as good as gone: whose child it is has not looked
		}
		_, uids, _ := strings.Cut(string(text), "\nUid:\t")
		uid, _, _ := strings.Cut(uids, "\t")
		id, err := strconv.ParseUint(uid, 10, 32)
		if first := uint64(ids.First); err == nil && id >= first && id < first+uint64(ids.Count) {
			name, _, _ := strings.Cut(strings.TrimPrefix(string(text), "Name:\t"), "\n")
			found = append(found, filepath.Base(filepath.Dir(f))+" "+name)
		}
	}
	return found
}
