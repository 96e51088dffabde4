package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/facetd/facetd/sandbox"
	"github.com/facetd/facetd/supervisor"
)

type selfTestOptions struct {
	runner  string
	accept  []string
	json    bool
	verbose bool
	matrix  bool
}

func selfTestCommand() *cobra.Command {
	var o selfTestOptions
	c := &cobra.Command{
		Use:   "self-test",
		Short: "Attack this host's sandboxes and show which walls hold",
		Long: `Start sandboxes as for apps and attack them from inside: the runner plays one
whose engine was taken over and makes raw system calls, and a hostile app does
what JavaScript and SQL can. Each attempt is made with all layers, where it must
fail, and without those that should stop it, where it must succeed, or else it
proves nothing. What is attacked is made for the purpose and removed afterwards.

As root every layer is tried. As another user what this user cannot have is
listed, with what it costs. A daemon that runs at the same time is not disturbed.

Exit status: 0 when every wall held, 1 when an attack succeeded, a proof failed or
a layer is missing that was not accepted.`,
		Example: "  sudo facetd self-test\n  facetd self-test --accept-missing no-distinct-uid,no-cgroup --json",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return selfTest(c.Context(), o, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.SortFlags = false
	f.BoolVar(&o.json, "json", false, "print JSON")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "list every attempt, not only what is wrong")
	f.BoolVar(&o.matrix, "matrix", false, "also leave each layer alone against each attempt; takes a minute more")
	f.StringVar(&o.runner, "runner", "", "`path` of facet-runner (default: beside facetd, then in $PATH)")
	f.StringSliceVar(&o.accept, "accept-missing", nil, "sandbox `features` this host may lack without the test failing")
	return c
}

var errSelfTest = errors.New("self-test: not every wall holds on this host; see above")

func selfTest(ctx context.Context, o selfTestOptions, stdout, stderr io.Writer) error {
	for _, name := range o.accept {
		if !sandbox.Feature(name).Known() {
			return usageError{fmt.Errorf("--accept-missing %s: no such feature; see facetd probe", name), "facetd self-test"}
		}
	}
	runner, err := findRunner(o.runner)
	if err != nil {
		return err
	}
	report, err := runSelfTest(ctx, o, runner, terminalOnly(stderr))
	if err != nil {
		return err
	}
	if o.json {
		e := json.NewEncoder(stdout)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		err = e.Encode(report)
	} else {
		err = report.print(stdout, o.verbose)
	}
	if err == nil && !report.Passed {
		err = errSelfTest
	}
	return err
}

// findRunner looks where the daemon does.
func findRunner(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	path, err := supervisor.FindRunner()
	if err != nil {
		return "", fmt.Errorf("no facet-runner beside facetd or in $PATH: name it with --runner: %w", err)
	}
	return path, nil
}

// accepted reports whether a missing feature was accepted in so many words.
func (o selfTestOptions) accepted(f sandbox.Feature) bool {
	return f.Optional() || slices.Contains(o.accept, string(f))
}

// terminalOnly is where progress is shown: nowhere, unless a person looks at it.
func terminalOnly(w io.Writer) io.Writer {
	if f, ok := w.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return f
		}
	}
	return io.Discard
}
