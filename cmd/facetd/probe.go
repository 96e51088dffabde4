package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/facetd/facetd/sandbox"
)

var errHostLacks = errors.New("this host lacks what the sandbox needs; see the list above")

func probeCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "probe",
		Short: "Show what this host can give the sandbox",
		Long: `Try every feature of the kernel that the sandbox uses, as the present user, and
show what is there, what is missing, what that would have protected against, and
how to get it. Nothing is left behind.

Exit status: 0 when facets can run without accepting a risk, 1 otherwise.`,
		Example: "  facetd probe --json",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			report, err := sandbox.Probe(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				e := json.NewEncoder(c.OutOrStdout())
				e.SetIndent("", "  ")
				err = e.Encode(probeJSON(report))
			} else {
				err = printReport(c.OutOrStdout(), report)
			}
			if err == nil && !usable(report) {
				err = errHostLacks
			}
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// usable reports whether facets run with nothing accepted.
func usable(r sandbox.Report) bool {
	for _, m := range r.Missing {
		if !m.Feature.Optional() {
			return false
		}
	}
	return len(r.Fatal) == 0
}

func printReport(w io.Writer, r sandbox.Report) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "kernel\t%s\n", r.Kernel)
	fmt.Fprintf(t, "root\t%s\n", yesNo(r.Root))
	for _, layer := range sandbox.AllLayers.Each() {
		if why, ok := r.Namespaces[layer]; ok {
			fmt.Fprintf(t, "%s\t%s\n", layer, orElse(why == "", "yes", "no: "+why))
		}
	}
	fmt.Fprintf(t, "disk limit\t%s\n", orElse(r.Disk != "", "device "+r.Disk, "no: "+orElse(r.DiskError != "", r.DiskError, "it takes a cgroup")))
	fmt.Fprintf(t, "cgroup\t%s\n", orElse(r.Cgroup != "", r.Cgroup, "no: "+r.CgroupError))
	fmt.Fprintf(t, "landlock\t%s\n", orElse(r.LandlockABI > 0, fmt.Sprintf("ABI %d", r.LandlockABI), "no"))
	fmt.Fprintf(t, "seccomp notification\t%s\n", yesNo(r.Notification))
	fmt.Fprintf(t, "pidfd\t%s\n", yesNo(r.Pidfd))
	fmt.Fprintf(t, "core scheduling\t%s\n", yesNo(r.CoreSched))
	if err := t.Flush(); err != nil {
		return err
	}
	for _, m := range r.Missing {
		fmt.Fprintf(w, "\n%s: %s\n  protects against: %s\n  to get it: %s\n", m.Feature, m.Detail, m.Feature.Protects(), m.Feature.Remedy())
		if m.Feature.Optional() {
			fmt.Fprintf(w, "  facets run without it\n")
		} else {
			fmt.Fprintf(w, "  to run without it: --accept-missing %s\n", m.Feature)
		}
	}
	for _, f := range r.Fatal {
		fmt.Fprintf(w, "\n%s\n", f)
	}
	return nil
}

type missingJSON struct {
	Feature  sandbox.Feature `json:"feature"`
	Detail   string          `json:"detail"`
	Protects string          `json:"protects"`
	Remedy   string          `json:"remedy"`
	Optional bool            `json:"optional"`
}

func probeJSON(r sandbox.Report) any {
	namespaces := map[string]string{}
	for layer, why := range r.Namespaces {
		namespaces[layer.String()] = orElse(why == "", "yes", why)
	}
	missing := []missingJSON{}
	for _, m := range r.Missing {
		missing = append(missing, missingJSON{m.Feature, m.Detail, m.Feature.Protects(), m.Feature.Remedy(), m.Feature.Optional()})
	}
	return map[string]any{
		"kernel": r.Kernel, "root": r.Root, "namespaces": namespaces, "cgroup": r.Cgroup,
		"landlockABI": r.LandlockABI, "seccompNotification": r.Notification, "pidfd": r.Pidfd,
		"coreScheduling": r.CoreSched, "missing": missing, "fatal": append([]string{}, r.Fatal...),
		"usable": usable(r),
	}
}

func yesNo(b bool) string { return orElse(b, "yes", "no") }

func orElse(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}
