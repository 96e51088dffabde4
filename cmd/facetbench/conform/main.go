// Command conform runs small programs, one for each catalogued behaviour, on
// facetd and on the peer, workerd, and compares what they answer. Where the peer
// is not installed, its recorded answers (peer.json) stand for it.
//
//	conform [-run REGEXP] [-o docs/compatibility.md] [-record]
//
// Exit status: 0 where every deviation is documented in docs/compatibility.md, 1
// where one is not, 2 for wrong usage.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// config is what the flags say.
type config struct {
	facetd string   // path of the daemon
	flags  []string // further flags of facetd serve
	peer   string   // path of the peer's binary
	record bool     // write what the peer answers to golden
	golden string   // path of peer.json
	docs   string   // page with the statuses
	write  bool     // write the report into docs
	only   *regexp.Regexp
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var c config
	var only, flags string
	fs := flag.NewFlagSet("conform", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&c.facetd, "facetd", "bin/facetd", "path of the daemon")
	fs.StringVar(&flags, "flags", "", "further flags of facetd serve, separated by spaces")
	fs.StringVar(&c.peer, "peer", "cmd/facetbench/node_modules/@cloudflare/workerd-linux-64/bin/workerd", "path of workerd")
	fs.BoolVar(&c.record, "record", false, "keep what the peer answers in -golden")
	fs.StringVar(&c.golden, "golden", "cmd/facetbench/conform/peer.json", "recorded answers of the peer")
	fs.StringVar(&c.docs, "docs", "docs/compatibility.md", "page that lists the facts")
	fs.BoolVar(&c.write, "write", false, "write the report into -docs")
	fs.StringVar(&only, "run", "", "facts to check, a regular expression")
	if err := fs.Parse(args); err != nil {
		return 2
	}
	c.flags = strings.Fields(flags)
	var err error
	if c.only, err = regexp.Compile(only); err != nil || fs.NArg() > 0 {
		fmt.Fprintln(stderr, "conform: -run needs a regular expression, and there are no other arguments")
		return 2
	}
	if err := conform(ctx, c, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "conform:", err)
		return 1
	}
	return 0
}

// conform runs every group and reports.
func conform(ctx context.Context, c config, stdout, stderr io.Writer) error {
	statuses, err := readStatuses(c.docs)
	if err != nil {
		return err
	}
	golden, err := readAnswers(c.golden)
	if err != nil {
		return err
	}
	_, err = os.Stat(c.peer)
	withPeer := err == nil
	if !withPeer {
		fmt.Fprintf(stderr, "conform: no workerd at %s (make conformance installs it where npm is): taking its recorded answers\n", c.peer)
		if c.record {
			return errors.New("-record needs the peer")
		}
	}
	ours, peers, err := runGroups(ctx, c, withPeer)
	if err != nil {
		return err
	}
	maps.Copy(golden, peers)
	results := compare(ours, golden, statuses)
	if c.record {
		if err := writeAnswers(c.golden, golden); err != nil {
			return err
		}
	}
	text := report(results)
	fmt.Fprint(stdout, text)
	if c.write {
		if err := insert(c.docs, text); err != nil {
			return err
		}
	}
	return undocumented(results)
}
