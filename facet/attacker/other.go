//go:build !(linux && amd64)

package attacker

import (
	"fmt"
	"io"
)

// Role is the runner's argument that selects this package.
const Role = "attack"

// Main says that there is no sandbox here and returns 2.
func Main(stderr io.Writer) int {
	fmt.Fprintln(stderr, "facet-runner: sandboxes need Linux on amd64")
	return 2
}
