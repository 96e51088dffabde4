// Command facet-runner is the sandboxed child of facetd: one process runs one
// facet. It is started by facetd and does nothing when started by hand.
package main

import (
	"os"

	"github.com/facetd/facetd/facet/runner"
)

func main() { os.Exit(runner.Main(os.Args[1:], os.Stdout, os.Stderr)) }
