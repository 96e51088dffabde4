//go:build linux && amd64

package battery

import (
	"context"
	"fmt"
	"os"

	"github.com/facetd/facetd/sandbox"
)

// Row is what came of an attempt in all its runs.
type Row struct {
	// All is the run with every layer.
	All Result
	// Control is the run without any holder; nil: not run, Why says why.
	Control *Result
	Why     string
	// Alone has a run for each layer that was left alone; empty unless asked
	// for.
	Alone map[sandbox.Layer]Result
	// Skip says why nothing was run on this host; "" when it was.
	Skip string
}

// Depth is how much of an attempt's row is run.
type Depth int

// From quick to whole.
const (
	Quick   Depth = iota // with all layers
	Control              // and with no holder
	Whole                // and each holder alone
)

// Run makes an attempt's row. Without root some layers can't be taken away:
// then Why says so.
func (b *Battery) Run(ctx context.Context, a Attempt, depth Depth) (Row, error) {
	var row Row
	if a.Host != "" {
		if _, err := os.Stat(a.Host); err != nil {
			row.Skip = fmt.Sprintf("this host has no %s", a.Host)
			return row, nil
		}
	}
	var err error
	if row.All, err = b.Try(ctx, a, 0); err != nil {
		return row, fmt.Errorf("with all layers: %w", err)
	}
	if row.Why = b.noControl(a); row.Why != "" || depth < Control {
		return row, nil
	}
	holders := b.holders(a)
	removed := a.Holders | a.Also
	control, err := b.Try(ctx, a, removed)
	if err != nil {
		return row, fmt.Errorf("without %s: %w", removed, err)
	}
	if a.Surface && control.How == "ENOSYS" {
		row.Why = "this kernel has no such call"
		return row, nil
	}
	row.Control = &control
	if depth < Whole {
		return row, nil
	}
	row.Alone = map[sandbox.Layer]Result{}
	for _, holder := range holders.Each() {
		without := removed &^ holder
		if without.WithDependents().Has(holder) {
			return row, fmt.Errorf("%s cannot be left alone without %s", holder, without)
		}
		if row.Alone[holder], err = b.Try(ctx, a, without); err != nil {
			return row, fmt.Errorf("%s alone: %w", holder, err)
		}
	}
	return row, nil
}

// noControl says why an attempt can't be seen to succeed here.
func (b *Battery) noControl(a Attempt) string {
	rootOnly := sandbox.UserNamespace | sandbox.DistinctIDs | sandbox.NoCapabilities
	if !b.Host().Root && (a.Holders|a.Also)&rootOnly != 0 {
		return "only root can take the user namespace and the ids away"
	}
	if a.NoControl == "" && a.Unseen != nil {
		return a.Unseen(b)
	}
	return a.NoControl
}

// holders are the layers of an attempt that this host has.
func (b *Battery) holders(a Attempt) sandbox.Layer {
	h := a.Holders & b.inForce
	if b.Host().LandlockABI < max(a.LandlockABI, 1) {
		h &^= sandbox.Landlock
	}
	return h
}

// Faults are what is wrong with a row; nil when the layers held and every run
// proved what it had to.
func (r Row) Faults(c Case, a Attempt) []string {
	if r.Skip != "" {
		return nil
	}
	var faults []string
	if r.All.Succeeded {
		faults = append(faults, "all layers: "+r.All.How)
	} else if !c.Expect.has(r.All.Outcome) {
		faults = append(faults, fmt.Sprintf("all layers: %s, want one of %s", r.All.How, c.Expect))
	}
	if r.Control != nil && !r.Control.Succeeded {
		faults = append(faults, fmt.Sprintf("control: without %s it fails: %s", a.Holders|a.Also, r.Control.How))
	}
	for _, layer := range a.Holders.Each() {
		if result, ok := r.Alone[layer]; ok && result.Succeeded {
			faults = append(faults, fmt.Sprintf("%s alone: %s", layer, result.How))
		}
	}
	return faults
}

func (e Expect) has(outcome byte) bool {
	for i := range len(e) {
		if e[i] == outcome {
			return true
		}
	}
	return false
}
