package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// line is one line of the report.
type line struct {
	program             string
	facets, connections int
	facetd, peer        figures // zero: not measured
	facetdStart         startFigures
	peerStart           startFigures
}

// figures are the medians of one system's rounds.
type figures struct {
	perSecond float64
	p50, p99  time.Duration
	cpu       time.Duration // of the whole process tree, per request
}

// bench measures everything the flags ask for and writes the report.
func bench(ctx context.Context, cfg config, stdout, stderr io.Writer) error {
	_, err := os.Stat(cfg.peer)
	withPeer := err == nil
	if !withPeer {
		fmt.Fprintf(stderr, "facetbench: no peer at %s (npm install there adds it): measuring facetd alone\n", cfg.peer)
	}
	ctx, cancel := context.WithTimeout(ctx, cfg.max)
	defer cancel()

	before, err := observe()
	if err != nil {
		return err
	}
	var lines []line
all:
	for _, program := range cfg.programs {
		for _, facets := range cfg.facets {
			ls, err := measure(ctx, cfg, program, facets, withPeer, stderr)
			lines = append(lines, ls...)
			if ctx.Err() != nil {
				break all
			}
			if err != nil {
				return fmt.Errorf("%s with %d facets: %w", program, facets, err)
			}
		}
	}
	cut := ctx.Err() != nil
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	if len(lines) == 0 {
		return fmt.Errorf("no line was finished within -max %v", cfg.max)
	}
	after, err := observe()
	if err != nil {
		return err
	}
	text := report(cfg, lines, before, after, cut)
	fmt.Fprint(stdout, text)
	if cfg.out != "" {
		return os.WriteFile(cfg.out, []byte(text), 0o644)
	}
	return nil
}

// measure runs one program on one number of facets: both systems are up, and
// asked in turn, so that what else the machine does falls on both.
func measure(ctx context.Context, cfg config, program string, facets int, withPeer bool, stderr io.Writer) ([]line, error) {
	dir, err := os.MkdirTemp(cfg.dir, "facetbench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := writePrograms(dir, program); err != nil {
		return nil, err
	}
	ours, err := startFacetd(ctx, cfg, program, dir, facets)
	if err != nil {
		return nil, err
	}
	defer ours.Stop()
	subjects := []*subject{{Server: ours}}
	if withPeer {
		peer, err := startPeer(ctx, cfg, dir)
		if err != nil {
			return nil, err
		}
		defer peer.Stop()
		subjects = append(subjects, &subject{Server: peer})
	}

	paths := targets(facets)
	for _, s := range subjects {
		if err := s.startAll(ctx, paths); err != nil {
			return nil, fmt.Errorf("%s: %w; it said: %s", s.Name, err, s.Out)
		}
	}
	var lines []line
	for _, connections := range cfg.connections {
		for _, s := range subjects {
			s.rounds = nil
		}
		for range cfg.rounds {
			for _, s := range subjects {
				if err := s.round(ctx, paths, connections, cfg.duration); err != nil {
					return lines, fmt.Errorf("%s: %w; it said: %s", s.Name, err, s.Out)
				}
			}
		}
		l := line{program: program, facets: facets, connections: connections, facetd: subjects[0].median(), facetdStart: subjects[0].start}
		if withPeer {
			l.peer, l.peerStart = subjects[1].median(), subjects[1].start
		}
		fmt.Fprintf(stderr, "%-10s %3d facets %3d connections: facetd %8.0f/s  workerd %8.0f/s\n",
			program, facets, connections, l.facetd.perSecond, l.peer.perSecond)
		lines = append(lines, l)
	}
	if counts(program) {
		for _, s := range subjects {
			v, err := visit(ctx, s.Addr, paths)
			if err != nil {
				return lines, fmt.Errorf("%s: %w", s.Name, err)
			}
			if err := s.checkSum(v.sum, len(paths)); err != nil {
				return lines, err
			}
		}
	}
	return lines, nil
}
