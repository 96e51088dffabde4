//go:build linux && amd64

// Command bare serves package attacker on its standard input and output, without
// any sandbox of its own: the same attempts can be made inside other sandboxes.
package main

import (
	"fmt"
	"os"

	"github.com/facetd/facetd/facet/attacker"
)

type standard struct{}

func (standard) Read(b []byte) (int, error)  { return os.Stdin.Read(b) }
func (standard) Write(b []byte) (int, error) { return os.Stdout.Write(b) }

func main() {
	if err := attacker.Serve(standard{}); err != nil {
		fmt.Fprintln(os.Stderr, "bare:", err)
		os.Exit(1)
	}
}
