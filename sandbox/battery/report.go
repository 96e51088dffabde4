//go:build linux && amd64

package battery

import (
	"fmt"
	"slices"
	"strings"

	"github.com/facetd/facetd/sandbox"
)

// Verdict is what a host's run says of an attack or an attempt.
type Verdict string

// The verdicts.
const (
	Stopped    Verdict = "stopped"      // every wall held, and the control succeeded
	Failed     Verdict = "FAILED"       // it succeeded, or the proof is broken
	Open       Verdict = "open"         // it succeeds because the host lacks the layer
	Unproven   Verdict = "no control"   // stopped, but it can't be seen to succeed here
	NotHere    Verdict = "not here"     // the host has nothing to attack
	ByTest     Verdict = "by test"      // a test of the source tree makes it
	Undefended Verdict = "not defended" // SECURITY.md says so
)

// AttemptReport is an attempt's row as text.
type AttemptReport struct {
	Name    string            `json:"name"`
	Form    string            `json:"form"` // "native" or "app"
	Verdict Verdict           `json:"verdict"`
	How     string            `json:"how"`               // with all layers
	Control string            `json:"control,omitempty"` // without any, or why there is none
	Alone   map[string]string `json:"alone,omitempty"`   // by layer
	Faults  []string          `json:"faults,omitempty"`
	Needs   string            `json:"needs,omitempty"` // layers that an open attempt lacks
}

// CaseReport is what came of a case.
type CaseReport struct {
	Number   int             `json:"number"`
	Group    string          `json:"group"`
	Name     string          `json:"name"`
	Expect   string          `json:"expect"`
	Gravest  bool            `json:"gravest,omitempty"`
	Verdict  Verdict         `json:"verdict"`
	Attempts []AttemptReport `json:"attempts,omitempty"`
	Tests    []string        `json:"tests,omitempty"`
	Reason   string          `json:"reason,omitempty"`
}

// NewCaseReport is a case without its attempts.
func NewCaseReport(c Case) CaseReport {
	r := CaseReport{Number: c.Number, Group: c.Group().String(), Name: c.Name, Expect: string(c.Expect), Gravest: c.Gravest, Reason: c.Reason}
	for _, t := range c.Tests {
		r.Tests = append(r.Tests, t.Package+"."+t.Name)
	}
	r.settle()
	return r
}

// Add puts an attempt in.
func (r *CaseReport) Add(a AttemptReport) {
	r.Attempts = append(r.Attempts, a)
	r.settle()
}

// settle finds the verdict: the worst of the attempts.
func (r *CaseReport) settle() {
	worst := []Verdict{Failed, Open, Stopped, Unproven, NotHere}
	for _, v := range worst {
		if slices.ContainsFunc(r.Attempts, func(a AttemptReport) bool { return a.Verdict == v }) {
			r.Verdict = v
			return
		}
	}
	if r.Verdict = ByTest; len(r.Tests) == 0 {
		r.Verdict = Undefended
	}
}

// AttemptReport is the row as text.
func (b *Battery) AttemptReport(c Case, a Attempt, row Row) AttemptReport {
	r := AttemptReport{Name: a.Name, Form: "native", How: row.All.How, Faults: row.Faults(c, a), Verdict: Stopped}
	switch {
	case row.Skip != "":
		r.Verdict, r.How = NotHere, row.Skip
		return r
	case row.All.Succeeded && b.holders(a) == 0:
		r.Verdict, r.Faults, r.Needs = Open, nil, a.Holders.String()
		return r
	case len(r.Faults) > 0:
		r.Verdict = Failed
	case row.Control == nil && row.Why != "":
		r.Verdict = Unproven
	}
	if r.Control = row.Why; row.Control != nil {
		r.Control = row.Control.How
	}
	for layer, result := range row.Alone {
		if r.Alone == nil {
			r.Alone = map[string]string{}
		}
		r.Alone[layer.String()] = result.How
	}
	return r
}

// AttemptError is the row of an attempt that could not be run.
func AttemptError(name, form string, err error) AttemptReport {
	return AttemptReport{Name: name, Form: form, Verdict: Failed, How: "could not be run", Faults: []string{err.Error()}}
}

// Missing are the layers that this host can't put up.
func (b *Battery) Missing() sandbox.Layer {
	var missing sandbox.Layer
	for _, m := range b.Host().Missing {
		missing |= m.Feature.Layer()
	}
	return missing
}

// Summary counts verdicts.
func Summary(all []CaseReport) (cases, attempts map[Verdict]int) {
	cases, attempts = map[Verdict]int{}, map[Verdict]int{}
	for _, c := range all {
		cases[c.Verdict]++
		for _, a := range c.Attempts {
			attempts[a.Verdict]++
		}
	}
	return cases, attempts
}

// String is one line: the number and what came of it.
func (r CaseReport) String() string {
	return fmt.Sprintf("%d %s: %s", r.Number, r.Name, r.Verdict)
}

// Describe is what came of it in a few words.
func (a AttemptReport) Describe() string {
	text := a.How
	if a.Needs != "" {
		text += "; needs " + a.Needs
	}
	if a.Control != "" {
		text += "; without the layers: " + a.Control
	}
	if len(a.Faults) > 0 {
		text = strings.Join(a.Faults, "; ")
	}
	return text
}
