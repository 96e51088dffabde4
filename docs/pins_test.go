package docs_test

import (
	"regexp"
	"testing"
)

// The Go archive that .ci/deps installs is the one that go.mod asks for: a later
// go line would make "make deps" install a Go that it then refuses.
func TestGoArchiveFitsGoMod(t *testing.T) {
	line := regexp.MustCompile(`(?m)^go (\S+)$`).FindStringSubmatch(read(t, "go.mod"))
	pin := regexp.MustCompile(`(?m)^go_archive_version=(\S+)$`).FindStringSubmatch(read(t, ".ci/deps"))
	if line == nil || pin == nil {
		t.Fatalf("no go line in go.mod (%v) or no go_archive_version in .ci/deps (%v)", line, pin)
	}
	if line[1] != pin[1] {
		t.Errorf("go.mod asks for Go %s, .ci/deps installs %s", line[1], pin[1])
	}
}
