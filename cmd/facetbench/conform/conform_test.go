package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestCompare(t *testing.T) {
	statuses := map[string]string{"F1": "same", "F2": "differs", "F10": "not yet", "F3": "same"}
	ours := answers{"F1": {"a", "b"}, "F10": {"x"}, "F2": {"x"}, "F3": {"c"}, "F4": {"d"}}
	peers := answers{"F1": {"a", "b"}, "F10": {"y"}, "F2": {"y"}, "F3": {"c"}, "F4": {"d"}}
	results := compare(ours, peers, statuses)
	var order []string
	for _, r := range results {
		order = append(order, r.fact)
	}
	if got := strings.Join(order, " "); got != "F1 F2 F3 F4 F10" {
		t.Errorf("order %s", got)
	}
	if err := undocumented(results); err != nil {
		t.Errorf("documented deviations fail: %v", err)
	}
	text := report(results)
	for _, want := range []string{"5 facts were checked", "6 requests in all: 3 agree, 2 deviate", "- F: F1 **F2** F3 F4 **F10**", "| F2 | `y` | `x` |"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, c := range []struct {
		name, fact string
		ours       string
	}{{"another answer", "F1", "z"}, {"a fact that is not on the page", "F4", "e"}, {"one that was not recorded", "F9", "x"}} {
		err := undocumented(compare(answers{c.fact: {c.ours}}, peers, statuses))
		if err == nil || !strings.Contains(err.Error(), c.fact+" deviates") {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
}

func TestInsert(t *testing.T) {
	page := filepath.Join(t.TempDir(), "p.md")
	write := func(s string) {
		if err := os.WriteFile(page, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("head\n" + begin + "old\n" + end + "tail\n")
	if err := insert(page, "new\n"); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(page); string(b) != "head\n"+begin+"\nnew\n\n"+end+"tail\n" {
		t.Errorf("got %q", b)
	}
	write("no marks")
	if err := insert(page, "new"); err == nil {
		t.Error("a page without marks was written")
	}
}

func TestCell(t *testing.T) {
	if got := cell("a|b\n`c`\x00"); got != "`a\\|b⏎'c'␀`" {
		t.Errorf("got %s", got)
	}
	if got := cell(strings.Repeat("é", 200)); len([]rune(got)) != shown+3 {
		t.Errorf("%d characters", len([]rune(got)))
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"-run", "("}, {"extra"}, {"-nope"}} {
		var stderr bytes.Buffer
		if code := run(t.Context(), args, &stderr, &stderr); code != 2 {
			t.Errorf("%q: exit %d, %s", args, code, &stderr)
		}
	}
}

// sqliteTags are those of the Makefile; see facet/storage.
const sqliteTags = "sqlite_fts5 sqlite_math_functions sqlite_omit_load_extension"

// Every fact answers as the peer's recorded answers say, or deviates as the page
// documents. This is the real daemon with real sandboxes.
func TestFactsAgreeWithTheRecordedPeer(t *testing.T) {
	if testing.Short() {
		t.Skip("short: the facts take half a minute")
	}
	bin := t.TempDir()
	for name, args := range map[string][]string{"facetd": nil, "facet-runner": {"-tags", sqliteTags}} {
		build := exec.Command("go", append(append([]string{"build"}, args...), "-o", filepath.Join(bin, name), "github.com/facetd/facetd/cmd/"+name)...)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", name, err, out)
		}
	}
	args := []string{"-facetd", filepath.Join(bin, "facetd"), "-peer", "", "-golden", "peer.json", "-docs", "../../../docs/compatibility.md"}
	if os.Geteuid() != 0 {
		t.Log("not root: run without distinct users and without cgroups")
		args = append(args, "-flags", "--accept-missing=no-distinct-uid,no-cgroup")
	}
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), args, &stdout, &stderr); code != 0 {
		t.Errorf("exit %d\n%s\n%s", code, &stderr, &stdout)
	}
	var checked int
	if _, err := fmt.Sscanf(stdout.String(), "%d facts", &checked); err != nil || checked < 150 {
		t.Errorf("%d facts were checked: %v", checked, err)
	}
}
