package main

import (
	"fmt"
	"os"
	"strings"
)

const (
	begin = "<!-- conformance: written by make conformance -->\n"
	end   = "<!-- conformance: end -->\n"
	// shown bounds an answer in the report, in characters.
	shown = 160
)

// report is the section of docs/compatibility.md.
func report(results []result) string {
	var b strings.Builder
	steps, agree := 0, 0
	var deviations []result
	groups := map[byte][]string{}
	var order []byte
	for _, r := range results {
		steps += r.steps
		g := r.fact[0]
		if groups[g] == nil {
			order = append(order, g)
		}
		name := r.fact
		if r.agrees() {
			agree++
		} else {
			deviations = append(deviations, r)
			name = "**" + name + "**"
		}
		groups[g] = append(groups[g], name)
	}
	fmt.Fprintf(&b, "%d facts were checked by running the same program on both, %d requests in all: %d agree, %d deviate (in bold).\n\n",
		len(results), steps, agree, len(deviations))
	for _, g := range order {
		fmt.Fprintf(&b, "- %c: %s\n", g, strings.Join(groups[g], " "))
	}
	if len(deviations) == 0 {
		return b.String()
	}
	b.WriteString("\nThe first answers that deviate; why is said in the tables above.\n\n| no. | workerd | facetd |\n|---|---|---|\n")
	for _, r := range deviations {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", r.fact, cell(r.peers), cell(r.ours))
	}
	return b.String()
}

// cell shows an answer in a table as code.
func cell(s string) string {
	if runes := []rune(s); len(runes) > shown {
		s = string(runes[:shown]) + "…"
	}
	s = strings.NewReplacer("|", "\\|", "\n", "⏎", "`", "'", "\x00", "␀").Replace(s)
	return "`" + s + "`"
}

// insert puts the report between the page's marks.
func insert(page, text string) error {
	b, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	head, rest, ok := strings.Cut(string(b), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return fmt.Errorf("%s has no place for the report: lines %q and %q", page, strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return os.WriteFile(page, []byte(head+begin+"\n"+text+"\n"+end+tail), 0o644)
}
