// Command isolation writes docs/isolation.md from what "facetd self-test --matrix
// --json", the comparison and the neighbours have measured. Nothing in it is kept from
// before.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"github.com/facetd/facetd/sandbox/battery"
)

// report is the part of the self-test's JSON that the page shows.
type report struct {
	Kernel string `json:"kernel"`
	Root   bool   `json:"root"`
	Host   struct {
		Cgroup      string `json:"cgroup"`
		LandlockABI int    `json:"landlockABI"`
	} `json:"host"`
	Layers []struct {
		Layer   string `json:"layer"`
		InForce bool   `json:"inForce"`
		Cost    string `json:"cost"`
	} `json:"layers"`
	Posture []struct {
		Property string `json:"property"`
		OK       bool   `json:"ok"`
	} `json:"posture"`
	Attacks []battery.CaseReport `json:"attacks"`
	Passed  bool                 `json:"passed"`
}

func main() {
	out := flag.String("o", "docs/isolation.md", "`file` to write")
	test := flag.String("self-test", "", "`file` with the JSON of facetd self-test --matrix --json")
	compared := flag.String("comparison", "", "`file` with the JSON of the comparison")
	felt := flag.String("neighbours", "", "`file` with the JSON of the neighbours")
	flag.Parse()
	if err := run(*test, *compared, *felt, *out); err != nil {
		fmt.Fprintln(os.Stderr, "isolation:", err)
		os.Exit(1)
	}
}

func run(test, compared, felt, out string) error {
	var (
		r report
		c comparison
		n neighbours
	)
	for file, into := range map[string]any{test: &r, compared: &c, felt: &n} {
		if err := read(file, into); err != nil {
			return fmt.Errorf("%q: %w", file, err)
		}
	}
	if !r.Root || !r.Passed {
		return fmt.Errorf("the page is made of a run as root in which every wall held; root: %t, passed: %t", r.Root, r.Passed)
	}
	return os.WriteFile(out, []byte(page(&r, c, &n)), 0o644)
}

func read(file string, into any) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, into)
}
