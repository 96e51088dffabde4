package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/facetd/facetd/sandbox"
	"github.com/facetd/facetd/sandbox/battery"
	"github.com/facetd/facetd/supervisor"
)

// selfTestLimits make attacks on resources short.
var selfTestLimits = supervisor.Limits{MemoryBytes: 96 << 20, CPU: 500 * time.Millisecond, Wall: 10 * time.Second, DatabaseBytes: 4 << 20}

// attackAsApp runs the attempts of a hostile app in a host of their own.
func (r *selfTestReport) attackAsApp(ctx context.Context, runner string, accept []sandbox.Feature, progress io.Writer) error {
	dir, err := os.MkdirTemp("", "facetd-self-test-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	host, err := supervisor.Open(ctx, supervisor.Config{Dir: dir, RunnerPath: runner, Accept: accept, IDs: selfTestAppIDs,
		CgroupParent: selfTestCgroup + "-app", Limits: selfTestLimits, Logger: slog.New(slog.DiscardHandler), Log: func(supervisor.LogLine) {}})
	if err != nil {
		return err
	}
	defer host.Close()
	service, err := serveInside()
	if err != nil {
		return err
	}
	defer service.Close()
	port := service.Addr().(*net.TCPAddr).Port
	workers, done, err := attackers(host, port)
	if err != nil {
		return err
	}
	defer done()
	for i, c := range battery.Cases() {
		for n, a := range c.App {
			fmt.Fprintf(progress, "\rself-test: attack %d as an app", c.Number)
			app := host.Object("self-test", "object").Facets().Get(facetName(c, n), func(context.Context) (supervisor.StartupOptions, error) {
				return supervisor.StartupOptions{Class: workers[a.Outbound].Class(battery.AppClass)}, nil
			})
			var answer string
			err := app.Call(ctx, "attempt", &answer, battery.AppKey(c, n), port)
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			r.Attacks[i].Add(appReport(a, answer, err, slices.Contains(accept, sandbox.NoCgroup)))
		}
	}
	fmt.Fprintln(progress)
	return nil
}

// serveInside is a service that no app is to reach.
func serveInside() (net.Listener, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	inside := http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "inside") })}
	go func() { _ = inside.Serve(l) }() // until l is closed
	return l, nil
}

// attackers are the app with each network.
func attackers(host *supervisor.Host, port int) (map[battery.Outbound]*supervisor.Worker, func(), error) {
	workers := map[battery.Outbound]*supervisor.Worker{}
	var networks []*supervisor.Network
	done := func() {
		for _, n := range networks {
			n.Close()
		}
	}
	for outbound, c := range map[battery.Outbound]supervisor.NetworkConfig{
		battery.Nowhere: {},
		battery.Public:  {Allow: []string{fmt.Sprintf("*:%d", port)}},
		battery.Service: {Allow: []string{fmt.Sprintf("127.0.0.1:%d", port)}, Private: []string{"127.0.0.0/8"}},
	} {
		code := supervisor.WorkerCode{CompatibilityDate: "2026-04-01", MainModule: "app.js",
			Modules: map[string]supervisor.Module{"app.js": supervisor.JS(battery.AppSource())}}
		if outbound != battery.Nowhere {
			n, err := supervisor.NewNetwork(c)
			if err != nil {
				done()
				return nil, nil, err
			}
			networks, code.GlobalOutbound = append(networks, n), n
		}
		workers[outbound] = host.Loader().Load(code)
	}
	return workers, done, nil
}

// facetName gives attempts on the database one facet a case, since what one did the
// next has to find; all others have one each, because many end theirs.
func facetName(c battery.Case, n int) string {
	if c.Group() == 'G' {
		return fmt.Sprint(c.Number)
	}
	return battery.AppKey(c, n)
}

// appReport reads the answer of an app's attempt.
func appReport(a battery.AppAttempt, answer string, err error, noCgroup bool) battery.AttemptReport {
	out := battery.AttemptReport{Name: a.Name, Form: "app", Verdict: battery.Stopped, How: "works"}
	if err != nil {
		out.How = appError(err)
	}
	held := func(wall string) bool { return strings.Contains(err.Error(), wall) }
	if failed := err != nil; failed == a.Works || failed && !held(a.Wall) && !(noCgroup && slices.ContainsFunc(a.Uncounted, held)) {
		out.Verdict = battery.Failed
		out.Faults = []string{fmt.Sprintf("answer %q, error %q", answer, fmt.Sprint(err))}
	}
	return out
}

func appError(err error) string {
	var ended *supervisor.VerdictError
	switch {
	case errors.Is(err, supervisor.ErrCallCPU):
		return "processor time limit"
	case errors.As(err, &ended):
		return "ended: " + ended.Verdict.String()
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return "exception: " + text[:min(len(text), 120)]
}
