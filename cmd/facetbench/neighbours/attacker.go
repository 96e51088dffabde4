//go:build linux && amd64

package main

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/facetd/facetd/sandbox"
	"github.com/facetd/facetd/sandbox/battery"
)

// strike makes an attack again and again until ctx ends and counts the answers.
func strike(ctx context.Context, a attack, addr string) tally {
	var (
		mu  sync.Mutex
		got tally
		all sync.WaitGroup
	)
	for range a.clients {
		all.Go(func() {
			c := newClient()
			defer c.CloseIdleConnections()
			for ctx.Err() == nil {
				status, body := get(ctx, c, addr, "attacker/"+a.path, time.Minute)
				if ctx.Err() != nil && status == 0 {
					break // cut off by the end of the phase
				}
				mu.Lock()
				got.add(a.outcome(status, body), 1)
				mu.Unlock()
				if status != http.StatusOK {
					pause(ctx)
				}
			}
		})
	}
	all.Wait()
	return got
}

// outcome names an answer.
func (a attack) outcome(status int, body string) string {
	switch {
	case status == 0:
		return "no answer"
	case status != http.StatusOK:
		return fmt.Sprintf("error %d: %s", status, short(body))
	case a.path == "frames":
		return fmt.Sprintf("served %d bytes", len(body))
	}
	return "served: " + short(body)
}

// short is the first line without numbers that differ from run to run.
func short(body string) string {
	body, _, _ = strings.Cut(strings.TrimSpace(body), "\n")
	body = digits.ReplaceAllString(body, "several times")
	return body[:min(len(body), 100)]
}

// digits are how often in a row something failed.
var digits = regexp.MustCompile(`[0-9]+ times`)

// strikeNative makes a case of the battery in sandboxes of its own.
func strikeNative(ctx context.Context, number int, runner string) (tally, error) {
	var got tally
	b, err := battery.New(battery.Config{Runner: runner, Sandbox: sandbox.Config{CgroupParent: "facetd-neighbours",
		IDs: sandbox.IDRange{First: 1_870_000_000, Count: 1000}}})
	if err != nil {
		return got, err
	}
	defer b.Close()
	for _, c := range battery.Cases() {
		if c.Number != number {
			continue
		}
		for ctx.Err() == nil {
			for _, a := range c.Attempts {
				r, err := b.Try(context.WithoutCancel(ctx), a, 0)
				if err != nil {
					return got, err
				}
				what := a.Name + ": " + r.How
				if r.Succeeded {
					what = a.Name + ": SUCCEEDED"
				}
				got.add(what, 1)
			}
		}
	}
	return got, nil
}
