package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/facetd/facetd/sandbox"
	"github.com/facetd/facetd/sandbox/battery"
)

// selfTestReport is what the self-test says; its JSON form is stable.
type selfTestReport struct {
	Kernel  string               `json:"kernel"`
	Root    bool                 `json:"root"`
	Host    any                  `json:"host"`
	Layers  []layerReport        `json:"layers"`
	Posture []postureCheck       `json:"posture"`
	Attacks []battery.CaseReport `json:"attacks"`
	Faults  []string             `json:"faults"`
	Seconds float64              `json:"seconds"`
	Passed  bool                 `json:"passed"`
}

type layerReport struct {
	Layer    string          `json:"layer"`
	InForce  bool            `json:"inForce"`
	Feature  sandbox.Feature `json:"feature,omitempty"`
	Cost     string          `json:"cost,omitempty"`
	Remedy   string          `json:"remedy,omitempty"`
	Accepted bool            `json:"accepted,omitempty"`
}

// Ids and a cgroup of its own, so that a running daemon is not disturbed: below the
// daemon's default range.
var (
	selfTestIDs    = sandbox.IDRange{First: 1_890_000_000, Count: 1000}
	selfTestAppIDs = sandbox.IDRange{First: 1_890_001_000, Count: 1000}
)

const selfTestCgroup = "facetd-self-test"

func runSelfTest(ctx context.Context, o selfTestOptions, runner string, progress io.Writer) (*selfTestReport, error) {
	begin := time.Now()
	host, err := sandbox.Probe(ctx)
	if err != nil {
		return nil, err
	}
	r := &selfTestReport{Kernel: host.Kernel, Root: host.Root, Host: probeJSON(host), Faults: []string{}}
	if len(host.Fatal) > 0 {
		return nil, fmt.Errorf("no sandbox can be made on this host: %s", host.Fatal[0])
	}
	// What is missing is accepted for the test, so that it can say what that costs.
	var accept []sandbox.Feature
	for _, m := range host.Missing {
		accept = append(accept, m.Feature)
		if !o.accepted(m.Feature) {
			r.fault("%s: %s. Accept it with --accept-missing %s, or: %s", m.Feature, m.Detail, m.Feature, m.Feature.Remedy())
		}
	}
	b, err := battery.New(battery.Config{Runner: runner,
		Sandbox: sandbox.Config{CgroupParent: selfTestCgroup, IDs: selfTestIDs, Accept: accept}})
	if err != nil {
		return nil, err
	}
	err = r.attack(ctx, o, b, progress)
	if err = errors.Join(err, b.Close()); err != nil {
		return nil, err
	}
	if err := r.attackAsApp(ctx, runner, accept, progress); err != nil {
		return nil, fmt.Errorf("attack as an app: %w", err)
	}
	for _, c := range r.Attacks {
		if c.Verdict == battery.Failed {
			r.fault("attack %d, %s: see the table", c.Number, c.Name)
		}
	}
	r.Seconds = time.Since(begin).Round(100 * time.Millisecond).Seconds()
	r.Passed = len(r.Faults) == 0
	return r, nil
}

func (r *selfTestReport) fault(format string, args ...any) {
	r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
}

// attack reads the posture of a sandbox, then tries every native attempt.
func (r *selfTestReport) attack(ctx context.Context, o selfTestOptions, b *battery.Battery, progress io.Writer) error {
	layers, posture, err := b.Posture(ctx)
	if err != nil {
		return fmt.Errorf("posture: %w", err)
	}
	r.layers(o, b, layers)
	r.checkPosture(layers, posture)
	depth := battery.Control
	if o.matrix {
		depth = battery.Whole
	}
	for _, c := range battery.Cases() {
		report := battery.NewCaseReport(c)
		for _, a := range c.Attempts {
			row, err := b.Run(ctx, a, depth)
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err != nil {
				report.Add(battery.AttemptError(a.Name, "native", err))
				continue
			}
			report.Add(b.AttemptReport(c, a, row))
		}
		r.Attacks = append(r.Attacks, report)
		fmt.Fprintf(progress, "\rself-test: %d of %d", c.Number, len(battery.Cases()))
	}
	fmt.Fprintln(progress)
	return nil
}

func (r *selfTestReport) layers(o selfTestOptions, b *battery.Battery, inForce sandbox.Layer) {
	features := map[sandbox.Layer]sandbox.Feature{}
	for _, m := range b.Host().Missing {
		if l := m.Feature.Layer(); l != 0 {
			features[l] = m.Feature
		}
	}
	for _, layer := range sandbox.AllLayers.Each() {
		one := layerReport{Layer: layer.String(), InForce: inForce.Has(layer)}
		if f, ok := features[layer]; ok {
			one.Feature, one.Cost, one.Remedy, one.Accepted = f, f.Protects(), f.Remedy(), o.accepted(f)
		} else if !one.InForce {
			one.Accepted = layer.BestEffort()
			if one.Cost = layer.Absent(); !one.Accepted {
				r.fault("layer %s is not in force", layer)
			}
		}
		r.Layers = append(r.Layers, one)
	}
}
