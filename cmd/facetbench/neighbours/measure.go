//go:build linux && amd64

package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/facetd/facetd/cmd/facetbench/internal/server"
)

//go:embed house
var house embed.FS

// measure makes each attack on each system.
func measure(ctx context.Context, c config, progress io.Writer) (*report, error) {
	r := &report{}
	version, err := exec.CommandContext(ctx, c.peer, "--version").Output()
	if err != nil {
		r.Peer = "not measured: npm has not installed it"
	} else {
		r.Peer = strings.TrimSpace(string(version))
	}
	for _, a := range attacks {
		if c.only != "" && c.only != a.name {
			continue
		}
		for _, system := range []string{"facetd", "workerd"} {
			one := row{Attack: a.name, Resource: a.resource, System: system}
			switch {
			case system == "workerd" && err != nil:
				one.Reason = r.Peer
			case system == "workerd" && a.noPeer != "":
				one.Reason = a.noPeer
			default:
				fmt.Fprintf(progress, "neighbours: %s on %s\n", a.name, system)
				if err := one.measure(ctx, c, a); err != nil {
					return nil, fmt.Errorf("%s on %s: %w", a.name, system, err)
				}
			}
			r.Rows = append(r.Rows, one)
		}
	}
	return r, nil
}

// measure runs the three phases on a new server.
func (r *row) measure(ctx context.Context, c config, a attack) (err error) {
	dir, err := os.MkdirTemp(c.dir, "facetd-neighbours-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	var ends ends
	s, err := r.start(ctx, c, dir, &ends)
	if err != nil {
		return err
	}
	defer s.Stop()
	tenants := []string{"victim", "attacker"}
	client := newClient()
	defer client.CloseIdleConnections()
	for _, t := range tenants {
		if status, body := get(ctx, client, s.Addr, t, 20*time.Second); status != http.StatusOK {
			return fmt.Errorf("the %s does not serve before the attack: status %d %.200q; %s", t, status, body, s.Out)
		}
	}
	r.Before = r.phase(ctx, c.quiet, s.Addr, func(context.Context) {})
	r.During = r.phase(ctx, c.during, s.Addr, func(ctx context.Context) {
		var got tally
		switch {
		case a.native != 0:
			got, err = strikeNative(ctx, a.native, c.runner)
		case a.path != "":
			got = strike(ctx, a, s.Addr)
		}
		r.Verdict = got.String()
	})
	if err != nil {
		return err
	}
	r.After = r.phase(ctx, c.quiet, s.Addr, func(context.Context) {})
	if ended := ends.String(); ended != "" {
		r.Verdict += "; ended as " + ended
	}
	r.Verdict = strings.TrimPrefix(r.Verdict, "; ")
	if r.Verdict == "" && a.path != "" {
		r.Verdict = "no answer within the time of the attack"
	}
	if a.path != "" {
		status, body := get(ctx, client, s.Addr, "attacker", patience)
		r.Next = a.outcome(status, body)
		if status == http.StatusOK {
			r.Next = "served"
		}
	}
	return ctx.Err()
}

// phase watches the victim for a time beside something else.
func (r *row) phase(ctx context.Context, d time.Duration, addr string, beside func(context.Context)) felt {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	var other sync.WaitGroup
	other.Go(func() { beside(ctx) })
	f := watch(ctx, addr)
	other.Wait()
	return f
}

// start serves the house.
func (r *row) start(ctx context.Context, c config, dir string, ended *ends) (*server.Server, error) {
	if err := os.CopyFS(dir, house); err != nil {
		return nil, err
	}
	project, data := filepath.Join(dir, "house"), filepath.Join(dir, "data")
	if r.System == "workerd" {
		return server.Peer(ctx, c.peer, filepath.Join(project, "house.capnp"), data)
	}
	cmd := exec.Command(c.facetd, "serve", project, "--verbose", "--listen", "127.0.0.1:0", "--data", data,
		"--runner", c.runner, "--max-database", "64MiB")
	return server.FacetdWatched(ctx, cmd, ended.line)
}

// ends counts the verdicts on the attacker that the daemon logs.
type ends struct {
	mu  sync.Mutex
	all tally
}

func (e *ends) line(line []byte) {
	if !bytes.Contains(line, []byte(`msg="a facet ended"`)) || !bytes.Contains(line, []byte("/attacker ")) {
		return
	}
	_, rest, _ := strings.Cut(string(line), " verdict=")
	verdict, _, _ := strings.Cut(rest, " ")
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all.add(verdict, 1)
}

func (e *ends) String() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.all.String()
}
