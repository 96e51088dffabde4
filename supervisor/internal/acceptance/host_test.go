//go:build linux && amd64

package acceptance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/facetd/facetd/sandbox"
	"github.com/facetd/facetd/supervisor"
)

const (
	// deadline bounds everything a test waits for. It is generous: the tests of
	// other packages run beside these.
	deadline = 30 * time.Second

	countUID = 2000
)

// The users and cgroups of this run of the tests: others, and a daemon, may run at
// the same time.
var (
	firstUID     = uint32(1_700_000_000 + run%10_000*countUID)
	cgroupParent = fmt.Sprintf("facetd-test-acceptance-%d", run)
)

// run tells this run apart from others; a daemon process gets its parent's.
var run = func() int {
	if n, err := strconv.Atoi(os.Getenv(runEnv)); err == nil {
		return n
	}
	return os.Getpid()
}()

// testConfig is a configuration for hosts of these tests; change may be nil.
func testConfig(dir string) supervisor.Config {
	cfg := supervisor.Config{
		Dir: dir, RunnerPath: runnerPath, CgroupParent: cgroupParent,
		IDs:          sandbox.IDRange{First: firstUID, Count: countUID},
		StartTimeout: 2 * deadline,
		Logger:       slog.New(slog.NewTextHandler(io.Discard, nil)),
		Log:          func(supervisor.LogLine) {},
	}
	if os.Geteuid() != 0 {
		cfg.Accept = []sandbox.Feature{sandbox.NoDistinctUID, sandbox.NoCgroup}
	}
	return cfg
}

// openHost opens a host that is closed with the test.
func openHost(t *testing.T, change func(*supervisor.Config)) *supervisor.Host {
	t.Helper()
	cfg := testConfig(filepath.Join(t.TempDir(), "data"))
	if change != nil {
		change(&cfg)
	}
	h, err := supervisor.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return h
}

// source reads an application of this package's testdata.
func source(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// start returns a callback that starts the class App of one module.
func start(h *supervisor.Host, code string, limits *supervisor.Limits) supervisor.Callback {
	w := h.Loader().Load(supervisor.WorkerCode{
		CompatibilityDate: "2026-04-01", MainModule: "app.js",
		Modules: map[string]supervisor.Module{"app.js": supervisor.JS(code)},
		Limits:  limits,
	})
	return func(context.Context) (supervisor.StartupOptions, error) {
		return supervisor.StartupOptions{Class: w.Class("App")}, nil
	}
}

// serve asks a handler as a client behind HTTP does. Status 0 means that the
// answer broke off.
func serve(h http.Handler, path string) (status int, body string) {
	return exchange(h, httptest.NewRequest("GET", "http://app.example"+path, nil))
}

// post sends a body of a size.
func post(h http.Handler, path string, size int) (status int, body string) {
	return exchange(h, httptest.NewRequest("POST", "http://app.example"+path, bytes.NewReader(make([]byte, size))))
}

func exchange(h http.Handler, r *http.Request) (status int, body string) {
	defer func() {
		if p := recover(); p != nil {
			if p != http.ErrAbortHandler {
				panic(p)
			}
			status = 0
		}
	}()
	w := httptest.NewRecorder()
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	h.ServeHTTP(w, r.WithContext(ctx))
	return w.Code, w.Body.String()
}

// mustServe fails the test unless the answer is 200 and as wanted; "" wants
// any body.
func mustServe(t *testing.T, h http.Handler, path, want string) {
	t.Helper()
	status, body := serve(h, path)
	if status != 200 || want != "" && body != want {
		t.Fatalf("%s: %d %.300q, want 200 %q", path, status, body, want)
	}
}

// fetch asks a facet as the supervisor's own code does, and reads the answer.
func fetch(s *supervisor.Stub, path string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", "http://app.example"+path, nil)
	if err != nil {
		return "", err
	}
	resp, err := s.Fetch(ctx, r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != 200 {
		err = errors.New(resp.Status + ": " + string(b))
	}
	return string(b), err
}

// facets describes the facets of an object.
func facets(t *testing.T, o *supervisor.Object) []supervisor.FacetInfo {
	t.Helper()
	all, err := o.Facets().List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// info describes a facet.
func info(t *testing.T, o *supervisor.Object, name string) supervisor.FacetInfo {
	t.Helper()
	all := facets(t, o)
	for _, f := range all {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("no facet %q in %+v", name, all)
	return supervisor.FacetInfo{}
}

// eventually polls until ok, or fails the test.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(deadline); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", deadline, strings.TrimSpace(what))
		}
	}
}
