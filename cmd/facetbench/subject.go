package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/facetd/facetd/cmd/facetbench/internal/server"
)

// subject is a server under measurement.
type subject struct {
	*server.Server
	acknowledged int // answers so far
	rounds       []figures
	start        startFigures
}

// startFigures are about facets that have just been started, one after the
// other, by their first request.
type startFigures struct {
	first  time.Duration // median time to a facet's first answer
	memory int64         // of all processes, in bytes, proportional set size
}

// startAll gives every facet its first request.
func (s *subject) startAll(ctx context.Context, paths []string) error {
	v, err := visit(ctx, s.Addr, paths)
	if err != nil {
		return err
	}
	s.acknowledged += len(paths)
	s.start.first = percentile(v.latencies, 0.5)
	s.start.memory, err = treeMemory(s.Pid())
	return err
}

// round measures once, after a visit of all facets and a short run-in: while the
// other system had its turn some may have hibernated.
func (s *subject) round(ctx context.Context, paths []string, connections int, d time.Duration) error {
	if _, err := visit(ctx, s.Addr, paths); err != nil {
		return err
	}
	s.acknowledged += len(paths)
	runIn, err := load(ctx, s.Addr, paths, connections, d/8)
	s.acknowledged += runIn.requests
	if err != nil {
		return err
	}
	before, err := treeCPU(s.Pid())
	if err != nil {
		return err
	}
	r, err := load(ctx, s.Addr, paths, connections, d)
	s.acknowledged += r.requests
	if err != nil {
		return err
	}
	after, err := treeCPU(s.Pid())
	if err != nil {
		return err
	}
	s.rounds = append(s.rounds, figures{
		perSecond: r.perSecond(),
		p50:       percentile(r.latencies, 0.50),
		p99:       percentile(r.latencies, 0.99),
		cpu:       (after - before) / time.Duration(max(r.requests, 1)),
	})
	return nil
}

// checkSum compares what a counting program has stored with what it answered:
// the last visit has added one to each facet.
func (s *subject) checkSum(sum, facets int) error {
	s.acknowledged += facets
	if sum != s.acknowledged {
		return fmt.Errorf("%s stored %d of %d acknowledged requests", s.Name, sum, s.acknowledged)
	}
	return nil
}

// median takes each figure's middle value by itself.
func (s *subject) median() figures {
	middle := func(of func(figures) float64) float64 {
		var values []float64
		for _, r := range s.rounds {
			values = append(values, of(r))
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	return figures{
		perSecond: middle(func(f figures) float64 { return f.perSecond }),
		p50:       time.Duration(middle(func(f figures) float64 { return float64(f.p50) })),
		p99:       time.Duration(middle(func(f figures) float64 { return float64(f.p99) })),
		cpu:       time.Duration(middle(func(f figures) float64 { return float64(f.cpu) })),
	}
}
