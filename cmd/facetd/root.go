package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
)

// usageError is a wrong command line: exit status 2 and a hint at the help text.
type usageError struct {
	err     error
	command string
}

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "facetd",
		Short: "Run untrusted apps, each in its own locked-down process with its own database",
		Long: `facetd runs untrusted, often AI-written apps on a Linux host. Each app is a
class that extends DurableObject; each instance (a facet) is a separate process
under namespaces, cgroups, Landlock and seccomp, with no network and with its own
SQLite database, handed to it as open descriptors.

Exit status: 0 success, 1 the command failed, 2 the command line was wrong.`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{err, c.CommandPath()}
	})
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(serveCommand(), probeCommand(), selfTestCommand(), versionCommand())
	return root
}

func exitStatus(err error, stderr io.Writer) int {
	if err == nil {
		return 0
	}
	fmt.Fprintf(stderr, "facetd: %s\n", visible(err.Error()))
	var usage usageError
	if errors.As(err, &usage) {
		fmt.Fprintf(stderr, "See %q.\n", usage.command+" --help")
		return 2
	}
	return 1
}

// visible makes text that an app may have chosen harmless on a terminal: what it
// throws while it starts, or the name of a file. Lines stay lines.
func visible(text string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(text, "\uFFFD") {
		if unicode.IsGraphic(r) || r == '\n' || r == '\t' {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}

// oneArg reports a wrong number of arguments as a usage error.
func oneArg(name string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageError{fmt.Errorf("expected one argument, %s, got %d", name, len(args)), c.CommandPath()}
		}
		return nil
	}
}

func noArgs(c *cobra.Command, args []string) error {
	if len(args) != 0 {
		return usageError{fmt.Errorf("unexpected argument %q", args[0]), c.CommandPath()}
	}
	return nil
}
