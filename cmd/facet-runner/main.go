// Command facet-runner is the sandboxed child of facetd: one process runs one
// facet. It is started by facetd and does nothing when started by hand.
package main

import (
	"os"
	"slices"

	"github.com/facetd/facetd/facet/attacker"
	"github.com/facetd/facetd/facet/runner"
)

func main() {
	if slices.Equal(os.Args[1:], []string{attacker.Role}) {
		os.Exit(attacker.Main(os.Stderr))
	}
	os.Exit(runner.Main(os.Args[1:], os.Stdout, os.Stderr))
}
