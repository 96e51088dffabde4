package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience ends a test that hangs, however slow the machine is.
const patience = time.Minute

// daemon is a facetd serve process under test.
type daemon struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	done chan error

	mu  sync.Mutex
	log bytes.Buffer
}

var listening = regexp.MustCompile(`listening on (http://\S+)`)

// serveProcess starts facetd serve on a free port and waits until it listens.
func serveProcess(t *testing.T, args ...string) *daemon {
	t.Helper()
	args = append([]string{"serve", "--listen", "127.0.0.1:0", "--runner", os.Getenv(runnerEnv), acceptFlag(t)}, args...)
	d := &daemon{t: t, cmd: exec.Command("facetd", args...), done: make(chan error, 1)}
	// A process group of its own, as a shell makes one: a terminal's Ctrl-C goes to
	// all of it.
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stderr, err := d.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.cmd.Process.Kill(); <-d.done })
	url := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			d.mu.Lock()
			fmt.Fprintln(&d.log, lines.Text())
			d.mu.Unlock()
			if m := listening.FindStringSubmatch(lines.Text()); m != nil {
				url <- m[1]
			}
		}
		err := d.cmd.Wait()
		d.done <- err
		d.done <- err
	}()
	select {
	case d.url = <-url:
	case <-time.After(patience):
		t.Fatalf("facetd does not listen in time:\n%s", d.logged())
	case err := <-d.done:
		t.Fatalf("facetd ended: %v\n%s", err, d.logged())
	}
	return d
}

func (d *daemon) logged() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.log.String()
}

// get returns status and body.
func (d *daemon) get(path string) (int, string) {
	d.t.Helper()
	r, err := http.Get(d.url + path)
	if err != nil {
		d.t.Fatalf("%v\n%s", err, d.logged())
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return r.StatusCode, string(b)
}

// stop sends a signal to the process group and returns the exit status.
func (d *daemon) stop(sig syscall.Signal) int {
	d.t.Helper()
	if err := syscall.Kill(-d.cmd.Process.Pid, sig); err != nil {
		d.t.Fatal(err)
	}
	select {
	case <-d.done:
	case <-time.After(patience):
		d.t.Fatalf("facetd does not end in time:\n%s", d.logged())
	}
	return d.cmd.ProcessState.ExitCode()
}

func writeApp(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const counter = "../../testdata/counter/app.js"

func TestCounterSurvivesRestart(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	count := 0
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL, syscall.SIGINT} {
		d := serveProcess(t, counter, "--data", data)
		for range 3 {
			count++
			want := fmt.Sprintf("You have made %d requests.\n", count)
			if status, body := d.get("/"); status != 200 || body != want {
				t.Fatalf("got %d %q, want 200 %q\n%s", status, body, want, d.logged())
			}
		}
		if code := d.stop(sig); sig != syscall.SIGKILL && code != 0 {
			t.Fatalf("after %v exit status %d:\n%s", sig, code, d.logged())
		}
	}
}

func TestServeFolders(t *testing.T) {
	const prologue = `import { DurableObject } from "cloudflare:workers";` + "\n"
	cases := []struct {
		name  string
		files map[string]string
		path  string
		want  string
	}{
		{"typescript", map[string]string{"app.ts": prologue + `interface N { n: number }
export class App extends DurableObject { async fetch(r: Request): Promise<Response> { const v: N = { n: 42 }; return new Response(String(v.n)); } }`}, "", "42"},
		{"several modules", map[string]string{
			"index.js":          prologue + `import { greet } from "./lib/greet.js"; import text from "./page.html"; import data from "./data.json"; import raw from "./raw.bin"; const late = await Promise.resolve("L"); export class App extends DurableObject { fetch() { return new Response(greet("x") + text + data.k + raw.byteLength + late); } }`,
			"lib/greet.js":      `import { up } from "./up"; export const greet = (s) => up("hi " + s);`,
			"lib/up.ts":         `export const up = (s: string): string => s.toUpperCase();`,
			"page.html":         "<p>",
			"data.json":         `{"k": "K"}`,
			"raw.bin":           "\x00\x01\x02",
			".secret.js":        "syntax error(",
			"node_modules/x.js": "syntax error(",
		}, "", "HI X<p>K3L"},
		{"single file that imports", map[string]string{
			"main.mjs": prologue + `import { n } from "./n.mjs"; export class App extends DurableObject { fetch() { return new Response("n" + n); } }`,
			"n.mjs":    `export const n = 7;`,
		}, "main.mjs", "n7"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := serveProcess(t, filepath.Join(writeApp(t, c.files), c.path), "--data", filepath.Join(t.TempDir(), "d"))
			if status, body := d.get("/"); status != 200 || body != c.want {
				t.Errorf("got %d %q, want %q\n%s", status, body, c.want, d.logged())
			}
			if code := d.stop(syscall.SIGINT); code != 0 {
				t.Errorf("exit status %d:\n%s", code, d.logged())
			}
		})
	}
}

// A request that is under way when the daemon is told to stop is finished; a
// second signal ends the daemon at once.
func TestDrain(t *testing.T) {
	app := filepath.Join(writeApp(t, map[string]string{"app.js": `import { DurableObject } from "cloudflare:workers";
export class App extends DurableObject { async fetch(r) {
  const ms = Number(new URL(r.url).searchParams.get("ms"));
  console.log("began");
  await new Promise((done) => setTimeout(done, ms));
  return new Response("finished");
} }`}), "app.js")
	t.Run("one signal", func(t *testing.T) {
		d := serveProcess(t, app, "--data", filepath.Join(t.TempDir(), "d"))
		answer := make(chan string, 1)
		go func() {
			r, err := http.Get(d.url + "/?ms=700")
			if err != nil {
				answer <- err.Error()
				return
			}
			defer r.Body.Close()
			b, _ := io.ReadAll(r.Body)
			answer <- string(b)
		}()
		waitLog(t, d, "began")
		if code := d.stop(syscall.SIGINT); code != 0 {
			t.Errorf("exit status %d:\n%s", code, d.logged())
		}
		if got := <-answer; got != "finished" {
			t.Errorf("the request under way got %q", got)
		}
	})
	t.Run("two signals", func(t *testing.T) {
		d := serveProcess(t, app, "--data", filepath.Join(t.TempDir(), "d"))
		go http.Get(d.url + "/?ms=60000")
		waitLog(t, d, "began")
		if err := d.cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		waitLog(t, d, "a second signal ends at once")
		if code := d.stop(syscall.SIGINT); code != 1 {
			t.Errorf("exit status %d, want 1:\n%s", code, d.logged())
		}
	})
}

func waitLog(t *testing.T, d *daemon, text string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !strings.Contains(d.logged(), text) {
		if time.Now().After(deadline) {
			t.Fatalf("no %q in the log in time:\n%s", text, d.logged())
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	out, err := exec.Command("facetd", "serve", counter, "--listen", l.Addr().String(), "--runner", os.Getenv(runnerEnv), "--data", filepath.Join(t.TempDir(), "d")).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "is in use by another program") {
		t.Errorf("got %v:\n%s", err, out)
	}
}

// The exception of an app is in the log with the place in its source, and not in
// the answer.
func TestExceptionIsLoggedWithItsPlace(t *testing.T) {
	app := writeApp(t, map[string]string{"app.ts": `import { DurableObject } from "cloudflare:workers";
type A = string;

export class App extends DurableObject {
  fetch(): Response { const a: A = "secret detail"; throw new RangeError(a); }
}`})
	d := serveProcess(t, app, "--data", filepath.Join(t.TempDir(), "d"))
	status, body := d.get("/")
	if status != 500 || strings.Contains(body, "secret") {
		t.Errorf("got %d %q", status, body)
	}
	waitLog(t, d, "secret detail")
	waitLog(t, d, "app.ts:5:")
}
