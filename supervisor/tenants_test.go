package supervisor

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/facetd/facetd/supervisor/internal/wire"
)

func heapNow() int64 {
	runtime.GC()
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc)
}

// Two projects of one host have nothing in common, whatever ids they name.
func TestProjectsDoNotShareObjects(t *testing.T) {
	h := peerHost(t, "ok", nil)
	open := func(name string) (*Project, error) {
		return h.OpenProject(t.Context(), ProjectConfig{
			Name: name, Worker: h.Loader().Load(anyCode), Classes: []StoredClass{{Class: "App"}},
			Namespaces: []NamespaceBinding{{Binding: "NS", Class: "App"}},
		})
	}
	victim, err := open("victim")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ask(t, victim.Object("App", "a"), "object", "NS", victim.classes["App"].idFromName("secret"), 0, "count"); err != nil || got != int64(1) {
		t.Fatal(got, err)
	}
	if _, err := open("victim"); err != nil {
		t.Errorf("the project again: %v", err)
	}
	attacker, err := open("attacker")
	if err != nil {
		t.Fatal(err)
	}
	// The id is the victim's, the object another.
	if got, err := ask(t, attacker.Object("App", "a"), "object", "NS", victim.classes["App"].idFromName("secret"), 0, "count"); err != nil || got != int64(1) {
		t.Errorf("the attacker's object of the victim's id: %v, %v", got, err)
	}
	if attacker.classes["App"].dir == victim.classes["App"].dir {
		t.Error("two projects share a directory")
	}
	if _, err := open(""); err != nil {
		t.Error(err)
	}
	if _, err := open("project"); !contains(err, "set another StoredClass.StoredAs") {
		t.Errorf("two projects with the same objects: %v", err)
	}
}

// Ids of workers are the application's and may be long.
func TestWorkerIDsAreCounted(t *testing.T) {
	h := peerHost(t, "ok", nil)
	l := h.Loader().binding("L")
	before := heapNow()
	for n := range maxWorkers {
		l.Get(fmt.Sprint(n)+strings.Repeat("x", 1<<20), nil)
	}
	if kept := heapNow() - before; kept > maxScripts+64<<20 {
		t.Errorf("%d MiB are kept of ids", kept>>20)
	}
	runtime.KeepAlive(l)
}

// An instance cannot fill the host's log with calls that fail.
func TestFailuresAreLoggedNowAndThen(t *testing.T) {
	var log bytes.Buffer
	h := peerHost(t, "ok", func(c *Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	c := newCaller(h.Object("ns", "a").root.current(), nil, &Worker{}, &build{}, Limits{})
	for range 1000 {
		c.failure(wire.ErrNotWanted)
	}
	if log.Len() > 0 {
		t.Errorf("calls that were cancelled are logged: %.200s", log.String())
	}
	for range 1000 {
		c.failure(errors.New("internal"))
	}
	if n := strings.Count(log.String(), "a call between instances failed"); n == 0 || n > 100 {
		t.Errorf("%d lines for 1000 failures", n)
	}
}

// What a facet that crashes is held to outlives its parent's other names.
func TestSweepKeepsBackoff(t *testing.T) {
	h := peerHost(t, "ok", nil)
	o := h.Object("ns", "a")
	c := newCaller(o.root.current(), nil, &Worker{}, &build{}, Limits{})
	c.facets().Get("crashes", nil)
	o.mu.Lock()
	n := o.root.children["crashes"]
	for range 20 {
		n.crash.failed(time.Now(), &VerdictError{Verdict: Crashed})
	}
	o.mu.Unlock()
	for i := range 3 * minSweep {
		c.facets().Get(fmt.Sprint(i), nil)
	}
	s := c.facets().Get("crashes", nil)
	if err := s.Call(t.Context(), "count", nil); !contains(err, "in a row") {
		t.Errorf("the back-off was forgotten: %v", err)
	}
}
