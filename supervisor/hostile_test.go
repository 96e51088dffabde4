package supervisor

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// A runner that was taken over ends with a verdict; the next call has a new one;
// and a client learns a status code.
func TestHostileRunner(t *testing.T) {
	h := peerHost(t, "ok", nil)
	tests := []struct {
		path    string
		verdict Verdict
		status  int
	}{
		{"status-99", ProtocolViolation, http.StatusBadGateway},
		{"status-101", ProtocolViolation, http.StatusBadGateway},
		{"header-crlf", ProtocolViolation, http.StatusBadGateway},
		{"credit", ProtocolViolation, http.StatusBadGateway},
		{"never-opened", ProtocolViolation, http.StatusBadGateway},
		{"huge", ProtocolViolation, http.StatusBadGateway},
		{"exit", Crashed, http.StatusBadGateway},
		{"broken-abort", Aborted, http.StatusBadGateway},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			facets := h.Object("NS", tt.path).Facets()
			stub := facets.Get("app", startAny(h))
			mustFetch(t, stub, "/count", "1")
			_, err := fetch(t, stub, "/"+tt.path)
			if verdictOf(err) != tt.verdict || !contains(err, "NS/"+tt.path+"/app") {
				t.Errorf("%v: %v", verdictOf(err), err)
			}
			mustFetch(t, stub, "/count", "1")
			code, body := get(stub, "/"+tt.path)
			if code != tt.status || body != http.StatusText(tt.status) {
				t.Errorf("%d %q", code, body)
			}
			eventually(t, "List shows the verdict", func() bool {
				list, err := facets.List(t.Context())
				return err == nil && len(list) == 1 && list[0].Last != nil && list[0].Last.Verdict == tt.verdict
			})
		})
	}
}

// Runners that do not even start: the caller learns why, and nothing is left.
func TestHostileStart(t *testing.T) {
	for mode, want := range map[string]Verdict{
		"silent": StartFailed, "exit": StartFailed, "binary": ProtocolViolation, "long-line": ProtocolViolation,
		"no-start": StartFailed, "assign-exit": Crashed, "assign-throw": StartFailed, "junk": ProtocolViolation,
	} {
		t.Run(mode, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			h := peerHost(t, mode, func(c *Config) {
				c.StartTimeout = patience
				if mode == "silent" { // what takes too long; the rest may be slow
					c.StartTimeout = time.Second
				}
			})
			if err := h.Loader().cache.put(bundleKey(must(anyCode.modules())), []byte("x"), nil); err != nil {
				t.Fatal(err)
			}
			stub := h.Object("NS", "o").Facets().Get("app", startAny(h))
			if _, err := fetch(t, stub, "/"); verdictOf(err) != want {
				t.Errorf("%v: %v", verdictOf(err), err)
			}
		})
	}
}

// After many facets came and went, nothing of them is left in this process.
func TestNothingIsLeft(t *testing.T) {
	h := peerHost(t, "ok", nil)
	cycle := func(n int) {
		for i := range n {
			facets := h.Object("NS", fmt.Sprint(i)).Facets()
			stub := facets.Get("app", startAny(h))
			mustFetch(t, stub, "/", "hello")
			if i%2 == 0 {
				_, _ = fetch(t, stub, "/exit") // a verdict is due; see above
			}
			if err := facets.Delete("app"); err != nil {
				t.Fatal(err)
			}
		}
	}
	cycle(3)
	before := descriptors(t)
	cycle(20)
	eventually(t, "the descriptors are closed", func() bool { return descriptors(t) <= before+2 })
	if n := children(t); n > 0 {
		t.Errorf("%d children live", n)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// children counts the processes whose parent this one is.
func children(t *testing.T) int {
	t.Helper()
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, task := range tasks {
		if b, err := os.ReadFile("/proc/self/task/" + task.Name() + "/children"); err == nil {
			n += len(strings.Fields(string(b)))
		}
	}
	return n
}
