package main

import (
	"encoding/json"
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

// TestSectionsOfOtherTools: what the comparison and the neighbours have measured is on
// the page, and what could not be run says why.
func TestSectionsOfOtherTools(t *testing.T) {
	var c comparison
	var n neighbours
	for text, into := range map[string]any{
		`[{"name":"cage","version":"1.2","line":"cage program","groups":{"A":{"succeeded":3,"made":9}}},{"name":"box"}]`: &c,
		`{"peer":"workerd 1","rows":[
			{"attack":"loop","resource":"CPU","system":"facetd","verdict":"ended as cpu-limit ×2","next":"served","before":{"answered":9,"p50":1000000,"p99":2500000,"longest":3000000},"during":{"unanswered":4}},
			{"attack":"loop","resource":"CPU","system":"workerd","reason":"it is not here"}]}`: &n,
	} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
	}
	got := page(&report{}, c, &n)
	for _, want := range []string{
		"| cage | 3 of 9 |", "| box | – |", "- cage 1.2: `cage program`", "- box: not run, it is not installed", "the peer, workerd 1,",
		"| CPU | loop | facetd | 1.0 / 2.5 / 3 | no answer | no answer | 4 | ended as cpu-limit ×2 | served |",
		"| CPU | loop | workerd | – | – | – | – | not run: it is not here | |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
