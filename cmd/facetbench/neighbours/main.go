//go:build linux && amd64

// Command neighbours measures what a tenant feels of a neighbour that attacks: for
// each resource the durable requests of a victim before, during and after, and what
// became of the attacker. The same program runs on facetd and, where it is
// installed, on the peer, workerd. It writes JSON, of which "make isolation" makes
// the page's table.
//
// Every attack begins with new servers and new data directories, so that what one
// has broken is not counted for the next.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

type config struct {
	facetd, runner, peer, dir, out string
	quiet, during                  time.Duration
	only                           string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run returns the exit status: 0, 1 where measuring failed, 2 for wrong usage.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var c config
	fs := flag.NewFlagSet("neighbours", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&c.facetd, "facetd", "bin/facetd", "`path` of the daemon")
	fs.StringVar(&c.runner, "runner", "bin/facet-runner", "`path` of facet-runner, for what JavaScript cannot ask for")
	fs.StringVar(&c.peer, "peer", "cmd/facetbench/node_modules/@cloudflare/workerd-linux-64/bin/workerd", "`path` of workerd; absent: not measured")
	fs.StringVar(&c.dir, "dir", "/var/tmp", "`folder` for data directories; on a real disk, or syncs cost nothing")
	fs.StringVar(&c.out, "o", "", "`file` for the JSON; empty: standard output")
	fs.StringVar(&c.only, "only", "", "make the attack of this `name` only")
	fs.DurationVar(&c.quiet, "quiet", time.Second, "how long the victim is measured before, and after")
	fs.DurationVar(&c.during, "during", 2500*time.Millisecond, "how long the attack is made again and again")
	if err := fs.Parse(args); err != nil {
		return 2
	}
	if fs.NArg() > 0 || c.quiet <= 0 || c.during <= 0 {
		fmt.Fprintln(stderr, "neighbours: no arguments, and durations above 0")
		return 2
	}
	report, err := measure(ctx, c, stderr)
	if err == nil {
		err = write(report, c.out, stdout)
	}
	if err != nil {
		fmt.Fprintln(stderr, "neighbours:", err)
		return 1
	}
	return 0
}

func write(r *report, file string, stdout io.Writer) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	b = append(b, '\n')
	if file == "" {
		_, err = stdout.Write(b)
		return err
	}
	return os.WriteFile(file, b, 0o644)
}
