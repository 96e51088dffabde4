//go:build linux && amd64

package sandbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// deadline bounds everything a test waits for.
const deadline = time.Minute

func testContext(t *testing.T) context.Context {
	ctx, cancel := timeoutContext()
	t.Cleanup(cancel)
	return ctx
}

func timeoutContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), deadline)
}

// mustWork skips, or fails where skipping is not allowed.
func mustWork(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("FACETD_MUST_WORK") == "1" {
		t.Fatal("cannot run here: " + reason)
	}
	t.Skip("skipped: " + reason)
}

// testConfig has a user id range of its own, because the tests of other
// packages run at the same time.
func testConfig() Config {
	c := Config{CgroupParent: "facetd-test-sandbox", IDs: IDRange{First: 1_800_000_000, Count: 1000}}
	if os.Geteuid() != 0 {
		c.Accept = []Feature{NoDistinctUID, NoCgroup}
	}
	if os.Getenv("SANDBOX_TEST_DELEGATED") == "1" { // a user who has been given a cgroup
		c.Accept = []Feature{NoDistinctUID}
	}
	return c
}

func newLauncher(t *testing.T) *Launcher { return newLauncherIn(t, "") }

// newLauncherIn has a data directory.
func newLauncherIn(t *testing.T, dir string) *Launcher {
	t.Helper()
	config := testConfig()
	config.DataDir = dir
	l, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// child is a process of the test runner and the talk with it.
type child struct {
	*Process
	t     *testing.T
	lines *bufio.Reader
	log   chan string
}

// startChild starts and seals the test runner.
func startChild(t *testing.T, l *Launcher, policy Policy, args ...string) *child {
	t.Helper()
	p, err := l.Start(testContext(t), Spec{Runner: runnerPath, Args: args, Policy: policy})
	if err != nil {
		t.Fatal(err)
	}
	c := &child{Process: p, t: t, lines: bufio.NewReader(p.Conn()), log: make(chan string, 1)}
	go func() {
		text, _ := io.ReadAll(io.LimitReader(p.Log(), 64<<10))
		c.log <- string(text)
		io.Copy(io.Discard, p.Log())
	}()
	t.Cleanup(c.close)
	if err := p.WaitSealed(testContext(t)); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *child) close() {
	c.Kill()
	c.Wait()
	c.Conn().Close()
	c.Log().Close()
}

var errDenied = errors.New("denied")

// ask runs one probe. An error wraps errDenied when the child says so, and is
// io.EOF when the child ended instead of answering.
func (c *child) ask(probe string) (string, error) {
	c.t.Helper()
	c.Conn().SetDeadline(time.Now().Add(deadline))
	if _, err := fmt.Fprintln(c.Conn(), probe); err != nil {
		return "", err
	}
	line, err := c.lines.ReadString('\n')
	if err != nil {
		return "", err
	}
	word, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
	if word == "denied" {
		return "", fmt.Errorf("%w: %s", errDenied, text)
	}
	return text, nil
}

func (c *child) mustAsk(probe string) string {
	c.t.Helper()
	text, err := c.ask(probe)
	if err != nil {
		c.Kill()
		c.t.Fatalf("%s: %v (exit %+v, violation %v, log %q)", probe, err, c.Wait(), c.Wait().Violation, <-c.log)
	}
	return text
}

// eventually polls a condition until it holds or the deadline has passed.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(deadline); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %s", what, deadline)
		}
	}
}
