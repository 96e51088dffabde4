package supervisor

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/facetd/facetd/supervisor/internal/instance"
	"github.com/facetd/facetd/supervisor/internal/leak"
	"github.com/facetd/facetd/supervisor/internal/testpeer"
)

func TestMain(m *testing.M) {
	testpeer.Main()
	leak.Main(m, func() {
		if builtRunner != "" {
			os.RemoveAll(filepath.Dir(builtRunner))
		}
	})
}

// patience ends a test that hangs, however slow the machine is.
const patience = time.Minute

// peerHost opens a host whose runners are test peers of a mode.
func peerHost(t *testing.T, mode string, change func(*Config)) *Host {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	cfg := Config{
		Dir: filepath.Join(t.TempDir(), "data"), Pool: -1,
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
		launch: func(string, Limits) instance.Launch { return testpeer.Launch(mode) },
	}
	if change != nil {
		change(&cfg)
	}
	h, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if left, _ := os.ReadDir(os.TempDir()); len(left) > 0 {
			t.Errorf("left in the temporary directory: %v", left)
		}
	})
	return h
}

// anyCode is a worker that test peers take for whatever they do.
var anyCode = WorkerCode{CompatibilityDate: "2026-04-01", MainModule: "w.js", Modules: map[string]Module{"w.js": JS("")}}

func startAny(h *Host) Callback {
	return func(context.Context) (StartupOptions, error) {
		return StartupOptions{Class: h.Loader().Get("any", func(context.Context) (WorkerCode, error) { return anyCode, nil }).Class("App")}, nil
	}
}

// get asks a facet as a client of a server does.
func get(s http.Handler, path string) (int, string) {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("GET", "http://app.example"+path, nil))
	return w.Code, w.Body.String()
}

// fetch asks a facet as the supervisor's own code does.
func fetch(t *testing.T, s *Stub, path string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", "http://app.example"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.Fetch(ctx, r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return string(b), err
}

func verdictOf(err error) Verdict {
	var v *VerdictError
	if errors.As(err, &v) {
		return v.Verdict
	}
	return None
}

func mustFetch(t *testing.T, s *Stub, path, want string) {
	t.Helper()
	if got, err := fetch(t, s, path); err != nil || got != want {
		t.Fatalf("%s: %q, %v; want %q", path, got, err, want)
	}
}

// eventually polls until ok, or fails the test.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
	}
}

func contains(err error, text string) bool { return err != nil && strings.Contains(err.Error(), text) }
