package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/facetd/facetd/sandbox/battery"
)

// print writes the report for a person. What is wrong comes last, where a terminal
// shows it.
func (r *selfTestReport) print(w io.Writer, verbose bool) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "LAYER\tIN FORCE\t\n")
	for _, l := range r.Layers {
		fmt.Fprintf(t, "%s\t%s\t%s\n", l.Layer, yesNo(l.InForce), orElse(l.Cost == "", "", "without it: "+l.Cost))
	}
	for i, p := range r.Posture {
		if i == 0 {
			fmt.Fprintf(t, "\t\t\nPROPERTY OF A LIVE SANDBOX\tHOLDS\t\n")
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", p.Property, yesNo(p.OK), p.Value)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w)
	t = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "#\tATTACK\tTRIED\tVERDICT\t\n")
	for _, c := range r.Attacks {
		fmt.Fprintf(t, "%d\t%s\t%d\t%s\t%s\n", c.Number, c.Name, len(c.Attempts), c.Verdict, c.Reason)
		for _, a := range c.Attempts {
			if !verbose && a.Verdict != battery.Failed && a.Verdict != battery.Open {
				continue
			}
			fmt.Fprintf(t, "\t  %s\t%s\t%s\t%s\n", a.Name, a.Form, a.Verdict, a.Describe())
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return r.printSummary(w)
}

func (r *selfTestReport) printSummary(w io.Writer) error {
	cases, attempts := battery.Summary(r.Attacks)
	fmt.Fprintf(w, "\n%d attacks in %.0f s: %d tried here and stopped, %d open for lack of a layer, %d failed;\n%d not to be seen to succeed here, %d without a target here, %d made by the tests of the source tree, %d not defended against.\n",
		len(r.Attacks), r.Seconds, cases[battery.Stopped], cases[battery.Open], cases[battery.Failed],
		cases[battery.Unproven], cases[battery.NotHere], cases[battery.ByTest], cases[battery.Undefended])
	fmt.Fprintf(w, "%d attempts: %d stopped and proven by a control that succeeds, %d stopped without such a control, %d open, %d failed, %d without a target here.\n",
		total(attempts), attempts[battery.Stopped], attempts[battery.Unproven], attempts[battery.Open], attempts[battery.Failed], attempts[battery.NotHere])
	for _, f := range r.Faults {
		fmt.Fprintf(w, "\nFAULT: %s", f)
	}
	_, err := fmt.Fprintf(w, "%s\n", orElse(r.Passed, "Every wall holds."+r.weaker(), "\n"))
	return err
}

// weaker names the layers that this run did without, as accepted; best-effort ones
// are in the table above.
func (r *selfTestReport) weaker() string {
	var names []string
	for _, l := range r.Layers {
		if !l.InForce && l.Accepted && l.Feature != "" {
			names = append(names, l.Layer)
		}
	}
	if names == nil {
		return ""
	}
	return " It is weaker than it could be, as accepted: no " + strings.Join(names, ", no ") + "; the table says what that costs."
}

func total(counts map[battery.Verdict]int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}
