//go:build linux && amd64

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// report is what is written; sandbox/battery/isolation reads it.
type report struct {
	Peer string `json:"peer,omitempty"` // version, or why it was not measured
	Rows []row  `json:"rows"`
}

// row is one attack on one system.
type row struct {
	Attack   string `json:"attack"`
	Resource string `json:"resource"`
	System   string `json:"system"`
	Reason   string `json:"reason,omitempty"` // why it was not made
	Verdict  string `json:"verdict,omitempty"`
	Before   felt   `json:"before"`
	During   felt   `json:"during"`
	After    felt   `json:"after"`
	// Next is what the attacker's next ordinary request got.
	Next string `json:"next,omitempty"`
}

// felt is what the victim's clients saw in one phase.
type felt struct {
	Answered   int           `json:"answered"`
	Unanswered int           `json:"unanswered"` // no answer in time, or not 200
	P50        time.Duration `json:"p50"`        // in nanoseconds, as the following
	P99        time.Duration `json:"p99"`
	Longest    time.Duration `json:"longest"`
}

func summarise(times []time.Duration, unanswered int) felt {
	f := felt{Answered: len(times), Unanswered: unanswered}
	if len(times) == 0 {
		return f
	}
	slices.Sort(times)
	at := func(q float64) time.Duration { return times[int(q*float64(len(times)-1))] }
	f.P50, f.P99, f.Longest = at(0.5), at(0.99), at(1)
	return f
}

// tally counts what the attacker got, in the order of first appearance.
type tally struct {
	order  []string
	counts map[string]int
}

func (t *tally) add(what string, n int) {
	if t.counts == nil {
		t.counts = map[string]int{}
	}
	if t.counts[what] == 0 {
		t.order = append(t.order, what)
	}
	t.counts[what] += n
}

// String lists the most frequent first.
func (t *tally) String() string {
	order := slices.Clone(t.order)
	slices.SortStableFunc(order, func(a, b string) int { return t.counts[b] - t.counts[a] })
	for i, what := range order {
		order[i] = fmt.Sprintf("%s ×%d", what, t.counts[what])
	}
	return strings.Join(order, ", ")
}
