package main

import (
	"fmt"
	"strings"
)

// comparison is what sandbox/battery/compare has counted.
type comparison []struct {
	Name, Version, Line string
	Groups              map[string]struct{ Succeeded, Made int }
}

func (c comparison) write(b *strings.Builder) {
	b.WriteString(`## The same attempts in other sandboxes

Attempts that *succeed*, of those that another sandbox can be given (no database
descriptor, no second life), counted by the same run. What succeeds there need not
be an escape: most of it is that the kernel looks at a call, or something inside the
sandbox's own namespaces. It is the surface that is left to the next kernel hole.

| sandbox | A. files | B. processes | C. kernel | D. network | E. resources | H. channels |
|---|--:|--:|--:|--:|--:|--:|
`)
	for _, s := range c {
		fmt.Fprintf(b, "| %s |", cell(s.Name))
		for _, g := range "ABCDEH" {
			if s.Version == "" {
				b.WriteString(" – |")
				continue
			}
			fmt.Fprintf(b, " %d of %d |", s.Groups[string(g)].Succeeded, s.Groups[string(g)].Made)
		}
		b.WriteString("\n")
	}
	b.WriteString("\nHow they were run:\n\n")
	for _, s := range c {
		switch {
		case s.Version == "":
			fmt.Fprintf(b, "- %s: not run, it is not installed\n", s.Name)
		case s.Line != "":
			fmt.Fprintf(b, "- %s %s: `%s`\n", s.Name, s.Version, s.Line)
		}
	}
	b.WriteString(`
bubblewrap takes a filter ready-made from its caller and brings none. Not run: nsjail,
which Debian 12 has no package of, and a hardened systemd unit, which needs systemd
as the first process.

`)
}
