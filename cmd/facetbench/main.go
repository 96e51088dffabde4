// Command facetbench measures facetd, and where it is installed the peer
// (workerd, an optional npm package in this folder), on the same programs, on
// loopback, in alternating rounds, and prints a Markdown report with the
// conditions under which the figures came about.
//
// It asks one facet through "facetd serve", and many facets through the Go API,
// which it serves itself in a child process.
//
//	facetbench [flags]
//	facetbench -embed program.js -facets 50 -data DIR   (used by itself)
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run returns the exit status: 0, 1 where measuring failed, 2 for wrong usage.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	cfg, err := parseFlags(args, stderr)
	if err != nil {
		if err != flag.ErrHelp {
			fmt.Fprintln(stderr, "facetbench:", err)
		}
		return 2
	}
	if cfg.embed != "" {
		err = serveEmbedded(ctx, cfg, stderr)
	} else {
		err = bench(ctx, cfg, stdout, stderr)
	}
	if err != nil {
		fmt.Fprintln(stderr, "facetbench:", err)
		return 1
	}
	return 0
}
