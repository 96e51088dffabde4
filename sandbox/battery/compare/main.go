//go:build linux && amd64

// Command compare makes the battery's attempts inside other sandboxes, those that
// are installed, with the strictest settings that still run a static program, and
// prints how many succeed as a table, or as JSON for docs/isolation.md. There is no
// row without a sandbox: as root the attempts would succeed on the host itself.
package main

import (
	"context"
	"encoding/json"
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
	out := flag.String("json", "", "`file` for the same as JSON")
	flag.Parse()
	if err := run(*runner, *bare, *out); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

// sandboxReport is a row of the table.
type sandboxReport struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"` // empty: not installed
	Line    string `json:"line,omitempty"`    // the command line
	// Groups are the battery's groups by their letter.
	Groups map[string]counts `json:"groups,omitempty"`
}

type counts struct {
	Succeeded int `json:"succeeded"`
	Made      int `json:"made"`
}

// letters are the groups that another sandbox can be given.
const letters = "ABCDEH"

func run(runner, bare, out string) error {
	b, err := battery.New(battery.Config{Runner: runner, Sandbox: sandbox.Config{CgroupParent: "facetd-compare", IDs: sandbox.IDRange{First: 1_880_000_000, Count: 1000}}})
	if err != nil {
		return err
	}
	defer b.Close()
	fmt.Println("| sandbox | A. files | B. processes | C. kernel | D. network | E. resources | H. channels |\n|---|--:|--:|--:|--:|--:|--:|")
	var all []sandboxReport
	for _, tool := range tools {
		r := sandboxReport{Name: tool.name, Line: strings.ReplaceAll(tool.line, "BARE", "program")}
		argv := strings.Fields(strings.ReplaceAll(tool.line, "BARE", bare))
		version, err := exec.Command(argv[0], "--version").Output()
		if err != nil {
			fmt.Fprintf(os.Stderr, "compare: %s is not installed\n", argv[0])
			all = append(all, r)
			continue
		}
		first, _, _ := strings.Cut(strings.TrimSpace(string(version)), "\n")
		r.Version = first[strings.LastIndex(first, " ")+1:]
		r.Groups = row(tool.name, func(a battery.Attempt) (battery.Result, bool) { return b.TryCommand(context.Background(), a, argv) })
		all = append(all, r)
	}
	all = append(all, sandboxReport{Name: "facetd", Version: "this one", Groups: row("facetd", func(a battery.Attempt) (battery.Result, bool) {
		r, err := b.Try(context.Background(), a, 0)
		return r, err == nil && !a.Files && !a.Survives
	})})
	if out == "" {
		return nil
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(out, append(text, '\n'), 0o644)
}

// row counts, for each group, the attempts that succeed of those made, and prints them.
func row(name string, try func(battery.Attempt) (battery.Result, bool)) map[string]counts {
	groups := map[string]counts{}
	for _, c := range battery.Cases() {
		for _, a := range c.Attempts {
			if _, err := os.Stat(a.Host); a.NoControl != "" || a.Host != "" && err != nil {
				continue
			}
			r, ok := try(a)
			if !ok {
				continue
			}
			g := groups[string(c.Group())]
			g.Made++
			if r.Succeeded {
				g.Succeeded++
			}
			groups[string(c.Group())] = g
		}
	}
	fmt.Printf("| %s |", name)
	for _, g := range letters {
		fmt.Printf(" %d of %d |", groups[string(g)].Succeeded, groups[string(g)].Made)
	}
	fmt.Println()
	return groups
}
