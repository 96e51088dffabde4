//go:build linux && amd64

// Command compare makes the battery's attempts inside other sandboxes, those that
// are installed, with the strictest settings that still run a static program, and
// prints how many succeed, as the table of docs/isolation.md. There is no row without
// a sandbox: as root the attempts would succeed on the host itself.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/facetd/facetd/sandbox"
	"github.com/facetd/facetd/sandbox/battery"
)

// tools are command lines in front of the program, BARE in them is its path.
var tools = []struct{ name, line string }{
	{"bubblewrap", "bwrap --ro-bind BARE /bare --unshare-all --die-with-parent --cap-drop ALL --new-session --clearenv --uid 65534 --gid 65534 /bare"},
	{"firejail", "firejail --quiet --noprofile --private --private-dev --net=none --caps.drop=all --nonewprivs --noroot --seccomp --ipc-namespace --disable-mnt BARE"},
}

func main() {
	runner := flag.String("runner", "bin/facet-runner", "`path` of facet-runner")
	bare := flag.String("bare", "", "`path` of the static program facet/attacker/bare, where all users can run it")
	flag.Parse()
	if err := run(*runner, *bare); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func run(runner, bare string) error {
	b, err := battery.New(battery.Config{Runner: runner, Sandbox: sandbox.Config{CgroupParent: "facetd-compare", IDs: sandbox.IDRange{First: 1_880_000_000, Count: 1000}}})
	if err != nil {
		return err
	}
	defer b.Close()
	fmt.Println("| sandbox | A. files | B. processes | C. kernel | D. network | E. resources | H. channels |\n|---|--:|--:|--:|--:|--:|--:|")
	for _, tool := range tools {
		argv := strings.Fields(strings.ReplaceAll(tool.line, "BARE", bare))
		if _, err := exec.LookPath(argv[0]); err != nil {
			fmt.Fprintf(os.Stderr, "compare: %s is not installed\n", argv[0])
			continue
		}
		row(tool.name, func(a battery.Attempt) (battery.Result, bool) { return b.TryCommand(context.Background(), a, argv) })
	}
	row("facetd", func(a battery.Attempt) (battery.Result, bool) {
		r, err := b.Try(context.Background(), a, 0)
		return r, err == nil && !a.Files && !a.Survives
	})
	return nil
}

// row prints, for each group, the attempts that succeed of those made.
func row(name string, try func(battery.Attempt) (battery.Result, bool)) {
	succeeded, made := map[battery.Group]int{}, map[battery.Group]int{}
	for _, c := range battery.Cases() {
		for _, a := range c.Attempts {
			if _, err := os.Stat(a.Host); a.NoControl != "" || a.Host != "" && err != nil {
				continue
			}
			r, ok := try(a)
			if !ok {
				continue
			}
			made[c.Group()]++
			if r.Succeeded {
				succeeded[c.Group()]++
			}
		}
	}
	fmt.Printf("| %s |", name)
	for _, g := range "ABCDEH" {
		fmt.Printf(" %d of %d |", succeeded[battery.Group(g)], made[battery.Group(g)])
	}
	fmt.Println()
}
