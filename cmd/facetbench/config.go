package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// config is what the flags say.
type config struct {
	facetd      string        // path of the daemon
	peer        string        // path of the peer's binary; absent: measured alone
	dir         string        // where the data directories are made
	out         string        // report file; empty: standard output only
	duration    time.Duration // of one round
	rounds      int           // per system and cell; the median counts
	max         time.Duration // of everything
	programs    []string
	connections []int
	facets      []int

	embed string // program to serve through the Go API (child mode)
	data  string // its data directory
}

func parseFlags(args []string, stderr io.Writer) (config, error) {
	var c config
	var programs, connections, facets string
	fs := flag.NewFlagSet("facetbench", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&c.facetd, "facetd", "bin/facetd", "path of the daemon")
	fs.StringVar(&c.peer, "peer", "cmd/facetbench/node_modules/@cloudflare/workerd-linux-64/bin/workerd", "path of workerd")
	fs.StringVar(&c.dir, "dir", "/var/tmp", "folder for data directories; on a real disk, or syncs cost nothing")
	fs.StringVar(&c.out, "o", "", "also write the report to this file")
	fs.DurationVar(&c.duration, "duration", 1500*time.Millisecond, "length of a round")
	fs.IntVar(&c.rounds, "rounds", 3, "rounds per system and line")
	fs.DurationVar(&c.max, "max", 5*time.Minute, "stop after this time and report what is there")
	fs.StringVar(&programs, "programs", "hello,read,counter,documented", "programs to run")
	fs.StringVar(&connections, "connections", "1,16,64", "numbers of connections")
	fs.StringVar(&facets, "facets", "1,50", "numbers of facets")
	fs.StringVar(&c.embed, "embed", "", "serve this program through the Go API until interrupted")
	fs.StringVar(&c.data, "data", "", "data directory for -embed")
	if err := fs.Parse(args); err != nil {
		return c, err
	}
	if fs.NArg() > 0 {
		return c, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	var err error
	if c.connections, err = numbers("connections", connections); err != nil {
		return c, err
	}
	if c.facets, err = numbers("facets", facets); err != nil {
		return c, err
	}
	c.programs = strings.Split(programs, ",")
	for _, p := range c.programs {
		if _, err := programSource(p); err != nil {
			return c, err
		}
	}
	if c.rounds < 1 || c.duration <= 0 {
		return c, errors.New("-rounds and -duration must be positive")
	}
	if c.embed != "" && c.data == "" {
		return c, errors.New("-embed needs -data")
	}
	return c, nil
}

func numbers(name, list string) ([]int, error) {
	var ns []int
	for s := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > 10000 {
			return nil, fmt.Errorf("-%s: %q is not a number from 1 to 10000", name, s)
		}
		ns = append(ns, n)
	}
	return ns, nil
}
