package main

import (
	"fmt"
	"runtime"
	"strings"
	"time"
)

// report writes the measurement as a Markdown page.
func report(cfg config, lines []line, before, after moment, cut bool) string {
	var b strings.Builder
	withPeer := false
	for _, l := range lines {
		withPeer = withPeer || l.peer.perSecond > 0
	}
	peer := "not installed"
	if withPeer {
		peer = peerVersion(cfg.peer)
	}
	fmt.Fprintf(&b, `# Benchmarks

Written by `+"`make bench`"+`. Both systems ran the same programs
(cmd/facetbench/programs) at the same time on one machine and were asked in
turn: %d rounds of %v each, medians. Trust the ratios more than the figures.

- Date: %s
- Machine: %s
- Data on: %s
- facetd: built with %s, hardened engine policy (no JIT), every sandbox layer on
- Peer: %s, one process, its facets loaded through the worker loader
- Load average: %s before, %s after; the load generator runs on the same machine
- What else ran, share of one processor: %s

"hello" answers a constant, "read" a stored number, "counter" adds one to a
stored number; its answer leaves when the write is on disk. One facet is served by
`+"`facetd serve`"+`, several through the Go API, one process each; the peer runs
the documented program around them, entry worker, object and facets, in one process.
"documented" is that program on both sides, with "counter" as its facet: facetd
passes each request through the entry worker's process, the object's and the
facet's. A run in which the numbers stored are not exactly the answers given
fails. Before each round every facet was
asked once, so that none was hibernated. CPU is that of all of a system's
processes, in microseconds per request.

`, cfg.rounds, cfg.duration, before.at.UTC().Format(time.DateOnly), machine(), fileSystem(cfg.dir),
		runtime.Version(), peer, before.load, after.load, rest(before, after))

	b.WriteString("| program | facets | connections | facetd req/s | p50 ms | p99 ms | CPU µs |")
	rule := "|---|--:|--:|--:|--:|--:|--:|"
	if withPeer {
		b.WriteString(" workerd req/s | p50 ms | p99 ms | CPU µs | req/s ratio |")
		rule += "--:|--:|--:|--:|--:|"
	}
	b.WriteString("\n" + rule + "\n")
	for _, l := range lines {
		fmt.Fprintf(&b, "| %s | %d | %d | %s |", l.program, l.facets, l.connections, l.facetd.cells())
		if withPeer {
			ratio := "–"
			if l.peer.perSecond > 0 {
				ratio = fmt.Sprintf("**%.2f×**", l.facetd.perSecond/l.peer.perSecond)
			}
			fmt.Fprintf(&b, " %s | %s |", l.peer.cells(), ratio)
		}
		b.WriteByte('\n')
	}
	startTable(&b, lines, withPeer)
	if cut {
		fmt.Fprintf(&b, "\nStopped after %v; what is missing was not reached.\n", cfg.max)
	}
	return b.String()
}

func (f figures) cells() string {
	if f.perSecond == 0 {
		return "– | – | – | –"
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return fmt.Sprintf("%.0f | %.2f | %.2f | %d", f.perSecond, ms(f.p50), ms(f.p99), f.cpu.Microseconds())
}

// startTable has one line for each program and number of facets.
func startTable(b *strings.Builder, lines []line, withPeer bool) {
	b.WriteString(`
First requests: every facet was asked once, one after the other, before anything
else. The time is the median of these first answers, starting the process or
isolate and creating the database included. Memory is that of all of a system's
processes afterwards, shared pages counted once.

| program | facets | facetd first answer ms | memory MiB |`)
	rule := "|---|--:|--:|--:|"
	if withPeer {
		b.WriteString(" workerd first answer ms | memory MiB |")
		rule += "--:|--:|"
	}
	b.WriteString("\n" + rule + "\n")
	type key struct {
		program string
		facets  int
	}
	done := map[key]bool{}
	for _, l := range lines {
		k := key{l.program, l.facets}
		if done[k] {
			continue
		}
		done[k] = true
		fmt.Fprintf(b, "| %s | %d | %s |", l.program, l.facets, l.facetdStart.cells())
		if withPeer {
			fmt.Fprintf(b, " %s |", l.peerStart.cells())
		}
		b.WriteByte('\n')
	}
}

func (f startFigures) cells() string {
	return fmt.Sprintf("%.1f | %d", float64(f.first.Microseconds())/1000, f.memory>>20)
}
