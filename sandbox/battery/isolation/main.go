// Command isolation writes docs/isolation.md from what "facetd self-test --matrix
// --json" has measured, read from standard input. Sections that other runs fill
// stay as they are in the file.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
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
	flag.Parse()
	if err := run(os.Stdin, *out); err != nil {
		fmt.Fprintln(os.Stderr, "isolation:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out string) error {
	var r report
	if err := json.NewDecoder(in).Decode(&r); err != nil {
		return fmt.Errorf("read the self-test's JSON: %w", err)
	}
	if !r.Root || !r.Passed {
		return fmt.Errorf("the page is made of a run as root in which every wall held; root: %t, passed: %t", r.Root, r.Passed)
	}
	old, err := os.ReadFile(out)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	return os.WriteFile(out, []byte(page(&r, string(old))), 0o644)
}
