package instance_test

import (
	"bufio"
	"context"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/instance"
	"github.com/facetd/facetd/supervisor/internal/testpeer"
)

// Attack 81: a runner cannot misbehave in go-plugin's own services, since the
// supervisor opens none of them, from the first byte to the last. A raw peer
// writes down every stream that it sees.
func TestOnlyTheContractIsUsed(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	seen := map[string]bool{}
	note := func(text string) {
		mu.Lock()
		defer mu.Unlock()
		if path, ok := strings.CutPrefix(text, "stream "); ok {
			seen[path] = true
		}
	}
	saw := func(path string) bool {
		mu.Lock()
		defer mu.Unlock()
		return seen[path]
	}
	cfg := config(t, "raw")
	cfg.Stray = func(_ int, text string) { note(text) }
	i, err := instance.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	err = i.Assign(t.Context(), instance.Assignment{Facet: "f", Request: &facetv1.AssignRequest{}, Limits: limits,
		Log: func(_ int, text string, _ int) { note(text) }})
	if err != nil {
		t.Fatal(err)
	}
	if _, body, err := get(t.Context(), i, "/"); body != "hello" {
		t.Errorf("%q %v", body, err)
	}
	if err := i.Hold(t.Context(), true); err != nil {
		t.Error(err)
	}
	for _, method := range []string{"Channel", "Assign", "HoldCheckpoints"} {
		path := "/facet.v1.Facet/" + method
		poll(t, path, func() bool { return saw(path) })
	}
	i.Stop(t.Context(), fault.New(fault.Hibernated, "test"))
	mu.Lock()
	defer mu.Unlock()
	delete(seen, "/facet.v1.Facet/Stop") // may be seen: what it last says is not waited for
	if len(seen) != 3 {
		t.Errorf("streams: %v", seen)
	}
}

// The control: go-plugin as it comes opens two of them before anybody asks.
func TestOnlyTheContractIsUsedControl(t *testing.T) {
	t.Parallel()
	p, err := testpeer.Launch("raw")(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		for r := bufio.NewScanner(p.Log()); r.Scan(); {
			lines <- r.Text()
		}
	}()
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: instance.CookieKey, MagicCookieValue: instance.CookieValue},
		Plugins:          plugin.PluginSet{},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		SkipHostEnv:      true, Logger: hclog.NewNullLogger(),
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: t.TempDir()},
		RunnerFunc: func(hclog.Logger, *exec.Cmd, string) (runner.Runner, error) {
			return instance.PluginRunner(p), nil
		},
		GRPCDialOptions: []grpc.DialOption{grpc.WithContextDialer(func(context.Context, string) (net.Conn, error) { return p.Conn(), nil })},
	})
	go func() { _, _ = client.Client() }() // it waits for a service that never answers
	want := map[string]bool{"stream /plugin.GRPCStdio/StreamStdio": true, "stream /plugin.GRPCBroker/StartStream": true}
	end := time.After(patience)
	for len(want) > 0 {
		select {
		case line := <-lines:
			delete(want, line)
		case <-end:
			t.Fatalf("not opened: %v", want)
		}
	}
	p.Kill()
	p.Wait()
	p.Conn().Close()
	client.Kill()
}

// poll waits until ok, or fails the test.
func poll(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
	}
}

// Attack 82: a runner that says it stopped, and stays, is killed.
func TestStopIsOnlySaid(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"ok", "raw"} { // neither ends by itself
		i := running(t, mode, limits, nil)
		begin := time.Now()
		i.Stop(t.Context(), fault.New(fault.Hibernated, "idle"))
		if !i.Exited() || i.Verdict().Verdict != fault.Hibernated || time.Since(begin) > patience {
			t.Errorf("%s: exited %v, verdict %v after %v", mode, i.Exited(), i.Verdict(), time.Since(begin))
		}
	}
}
