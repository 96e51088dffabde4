package main

import (
	"fmt"
	"strings"
	"time"
)

// neighbours is what cmd/facetbench/neighbours has measured.
type neighbours struct {
	Peer string
	Rows []struct {
		Attack, Resource, System, Reason, Verdict, Next string
		Before, During, After                           felt
	}
}

// felt is what the victim saw in a phase; times in nanoseconds.
type felt struct {
	Answered, Unanswered int
	P50, P99, Longest    time.Duration
}

func (n *neighbours) write(b *strings.Builder) {
	fmt.Fprintf(b, `## What a neighbour feels

Two facets of one object: one attacks again and again, the other serves durable
requests of two clients, each one after the other. The same program runs as a project
on facetd (quota of the database 64 MiB, 200 ms of processor time for a call, else as
it comes) and on the peer, %s, with new processes and data for every attack.
p50 / p99 / longest of the answers in milliseconds; *unanswered* are requests of the
victim without an answer within two seconds.

| resource | attack | on | the victim before | during | after | unanswered | what the attacker got | its next request |
|---|---|---|--:|--:|--:|--:|---|---|
`, cell(n.Peer))
	for _, r := range n.Rows {
		if r.Reason != "" {
			fmt.Fprintf(b, "| %s | %s | %s | – | – | – | – | not run: %s | |\n", cell(r.Resource), cell(r.Attack), r.System, cell(r.Reason))
			continue
		}
		lost := r.Before.Unanswered + r.During.Unanswered + r.After.Unanswered
		fmt.Fprintf(b, "| %s | %s | %s | %v | %v | %v | %d | %s | %s |\n", cell(r.Resource), cell(r.Attack), r.System,
			r.Before, r.During, r.After, lost, cell(r.Verdict), cell(r.Next))
	}
	b.WriteString(`
What JavaScript can't ask for, threads and processes, is attempted natively in
sandboxes beside the daemon. A facet that fails again and again is started later and
later: then its next request is refused, which is an answer of the supervisor.
So are requests beyond those that a facet may hold open: what the others ask goes through
the same worker and object meanwhile.
`)
}

// String is three figures in milliseconds.
func (f felt) String() string {
	if f.Answered == 0 {
		return "no answer"
	}
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	return fmt.Sprintf("%.1f / %.1f / %.0f", ms(f.P50), ms(f.P99), ms(f.Longest))
}
