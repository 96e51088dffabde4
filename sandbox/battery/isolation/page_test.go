package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/facetd/facetd/sandbox"
	"github.com/facetd/facetd/sandbox/battery"
)

// TestPageIsNotStale: docs/isolation.md has a row for each case, attempt and layer of
// the register, and no other. Its outcomes are of the run that wrote it.
func TestPageIsNotStale(t *testing.T) {
	b, err := os.ReadFile("../../../docs/isolation.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]int{}
	for line := range strings.Lines(string(b)) {
		if cells := strings.Split(line, " | "); strings.HasPrefix(line, "| ") && len(cells) > 3 {
			rows[cells[0]+" | "+cells[1]]++
		}
	}
	want := func(row string) {
		t.Helper()
		if rows[row]--; rows[row] < 0 {
			t.Errorf("docs/isolation.md has no row %q: run make isolation", row)
		}
	}
	for _, layer := range sandbox.AllLayers.Each() {
		if !strings.Contains(string(b), "\n| "+layer.String()+" | ") {
			t.Errorf("docs/isolation.md has no layer %s: run make isolation", layer)
		}
	}
	for _, c := range battery.Cases() {
		want(fmt.Sprintf("| %d | %s", c.Number, bold(battery.NewCaseReport(c))))
		for _, a := range c.Attempts {
			want(fmt.Sprintf("| %d | %s", c.Number, cell(a.Name)))
		}
		for _, a := range c.App {
			want(fmt.Sprintf("| %d | %s (app)", c.Number, cell(a.Name)))
		}
	}
	for row, n := range rows {
		if n > 0 && row[2] >= '0' && row[2] <= '9' {
			t.Errorf("docs/isolation.md has a row %q that the register has not: run make isolation", row)
		}
	}
}

// TestKeptSections: what other runs wrote survives.
func TestKeptSections(t *testing.T) {
	old := "x\n" + begin("comparison") + "\ntable\n" + end("comparison") + "\n"
	if got := page(&report{}, old); !strings.Contains(got, begin("comparison")+"\ntable\n"+end("comparison")) {
		t.Errorf("lost: %q", got)
	}
	if got := section(begin("x"), "x"); got != "" {
		t.Errorf("half a section: %q", got)
	}
}
