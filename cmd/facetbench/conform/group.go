package main

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/facetd/facetd/cmd/facetbench/internal/server"
)

//go:embed project facts
var programs embed.FS

const (
	// stepTimeout bounds one request, maxAnswer its answer in bytes.
	stepTimeout = time.Minute
	maxAnswer   = 64 << 10
)

// answers are what a system said to each step of each fact.
type answers map[string][]string

// groups lists the files of facts.
func groups() []string {
	entries, err := programs.ReadDir("facts")
	if err != nil {
		panic(err) // embedded
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".js"))
	}
	return names
}

// runGroups runs all groups, two at a time: some facts are about waiting.
func runGroups(ctx context.Context, c config, withPeer bool) (ours, peers answers, err error) {
	ours, peers = answers{}, answers{}
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(2)
	for _, group := range groups() {
		g.Go(func() error {
			o, p, err := runGroup(ctx, c, group, withPeer)
			if err != nil {
				return fmt.Errorf("group %s: %w", group, err)
			}
			mu.Lock()
			defer mu.Unlock()
			maps.Copy(ours, o)
			maps.Copy(peers, p)
			return nil
		})
	}
	return ours, peers, g.Wait()
}

// runGroup runs a group's facts on facetd, and on the peer where it is there.
func runGroup(ctx context.Context, c config, group string, withPeer bool) (ours, peers answers, err error) {
	dir, err := os.MkdirTemp("", "facetconform-")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(dir)
	outside := newOutside()
	defer outside.Close()
	addr := outside.Listener.Addr().String()
	if err := writeProject(dir, group, addr); err != nil {
		return nil, nil, err
	}
	args := append([]string{"serve", dir, "--listen", "127.0.0.1:0", "--data", filepath.Join(dir, "data"),
		"--outbound", addr + ",127.0.0.1:1,localhost" + addr[strings.LastIndexByte(addr, ':'):], "--outbound-private", "127.0.0.0/8"}, c.flags...)
	facetd, err := server.Facetd(ctx, exec.Command(c.facetd, args...))
	if err != nil {
		return nil, nil, err
	}
	defer facetd.Stop()
	if ours, err = ask(ctx, facetd, c, addr); err != nil || !withPeer {
		return ours, nil, err
	}
	peer, err := server.Peer(ctx, c.peer, filepath.Join(dir, "peer.capnp"), filepath.Join(dir, "peer-data"))
	if err != nil {
		return nil, nil, err
	}
	defer peer.Stop()
	peers, err = ask(ctx, peer, c, addr)
	return ours, peers, err
}

// nodeGroup are the facts about Node.js, which a flag turns on.
const nodeGroup = "N"

var flagsMark = regexp.MustCompile(`(compatibility_?[fF]lags"?( =|:) )\[\]`)

// writeProject makes the folder that both systems are pointed at.
func writeProject(dir, group, outside string) error {
	if err := os.Mkdir(filepath.Join(dir, "src"), 0o700); err != nil {
		return err
	}
	for to, from := range map[string]string{
		"wrangler.jsonc": "project/wrangler.jsonc", "peer.capnp": "project/peer.capnp",
		"src/index.js": "project/index.js", "src/show.js": "project/show.js", "src/callee.js": "project/callee.js", "src/facts.js": "facts/" + group + ".js",
	} {
		text, err := programs.ReadFile(from)
		if err != nil {
			return err
		}
		text = bytes.ReplaceAll(text, []byte(outsideMark), []byte(outside))
		if group == nodeGroup {
			text = flagsMark.ReplaceAll(text, []byte(`$1["nodejs_compat"]`))
		}
		if err := os.WriteFile(filepath.Join(dir, to), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// ask requests every step of every fact, one after the other.
func ask(ctx context.Context, s *server.Server, c config, outside string) (answers, error) {
	list, err := get(ctx, s.Addr, "")
	if err != nil {
		return nil, fmt.Errorf("%s: %w; it said: %s", s.Name, err, s.Out)
	}
	var steps map[string]int
	if err := json.Unmarshal([]byte(list), &steps); err != nil {
		return nil, fmt.Errorf("%s does not list the facts but says %q; its log: %s", s.Name, list, s.Out)
	}
	all := answers{}
	for _, fact := range slices.SortedFunc(maps.Keys(steps), byNumber) {
		if !c.only.MatchString(fact) {
			continue
		}
		for step := range steps[fact] {
			answer, err := get(ctx, s.Addr, fmt.Sprintf("%s/%d", fact, step))
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if err != nil {
				answer = "no answer: " + strings.ReplaceAll(err.Error(), s.Addr, "ADDRESS")
			}
			all[fact] = append(all[fact], strings.ReplaceAll(answer, outside, outsideMark))
		}
	}
	return all, nil
}

func get(ctx context.Context, addr, path string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/"+path, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Sprintf("status %d", resp.StatusCode), nil
	}
	return reference.ReplaceAllString(string(body), "reference = …"), nil
}

// reference is a random number in the peer's texts for its internal errors.
var reference = regexp.MustCompile(`reference = [a-z0-9]+`)
