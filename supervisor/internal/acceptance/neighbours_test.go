//go:build linux && amd64

package acceptance

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/facetd/facetd/supervisor"
)

// attackerLimits make attacks on the processor short.
var attackerLimits = supervisor.Limits{
	CPU: 200 * time.Millisecond, DatabaseBytes: 4 << 20, ResponseBytes: 4 << 20,
}

// otherLimits give an attack the processor time to reach another limit first, on a
// slow machine too; slowLimits are the same for one on memory.
var (
	otherLimits = supervisor.Limits{CPU: 20 * time.Second, DatabaseBytes: 4 << 20, ResponseBytes: 4 << 20}
	slowLimits  = otherLimits
)

// floodLimits make a flood short: what was logged within the limit is worked off
// slowly.
var floodLimits = supervisor.Limits{CPU: 50 * time.Millisecond}

// shortLimits make waiting attacks short, and are far above what an answer takes.
var shortLimits = supervisor.Limits{Wall: 4 * time.Second}

// attacks are the paths of testdata/attacker.js and what is to become of each.
var attacks = []struct {
	path   string
	limits *supervisor.Limits
	want   outcome
	// status is what a client behind HTTP sees; 0 is a broken-off answer.
	status int
}{
	{"/loop", &attackerLimits, sentinel(supervisor.ErrCallCPU), 504},
	{"/microtasks", &attackerLimits, cpu, 504},
	{"/buffers", &slowLimits, verdict(supervisor.OOM), 502},
	{"/objects", &slowLimits, verdict(supervisor.OOM), 502},
	{"/recursion", &otherLimits, exception("RangeError", ""), 500},
	{"/recursion-caught", &otherLimits, answer("RangeError"), 200},
	{"/regexp", &attackerLimits, cpu, 504},
	{"/log", &floodLimits, sentinel(supervisor.ErrCallCPU), 504},
	{"/fill", &otherLimits, verdict(supervisor.Crashed), 502},
	{"/timers", &otherLimits, answer("timers"), 200},
	{"/response", &otherLimits, sentinel(supervisor.ErrResponseTooLarge), 0},
	{"/hang", &shortLimits, sentinel(supervisor.ErrCallWall), 504},
	{"/string", &otherLimits, exception("RangeError", ""), 500},
	{"/headers", &otherLimits, sentinel(supervisor.ErrResponseTooLarge), 502},
	{"/sql-string", &otherLimits, exception("Error", "SQLITE_TOOBIG"), 500},
	{"/sql", &attackerLimits, sentinel(supervisor.ErrCallCPU), 504},
}

// outcome says what is wrong with a result; "" is nothing.
type outcome func(body string, err error) string

func sentinel(want error) outcome {
	return func(_ string, err error) string {
		if errors.Is(err, want) {
			return ""
		}
		return fmt.Sprintf("want %v", want)
	}
}

func verdict(want supervisor.Verdict) outcome {
	return func(_ string, err error) string {
		var v *supervisor.VerdictError
		if errors.As(err, &v) && v.Verdict == want {
			return ""
		}
		return fmt.Sprintf("want verdict %v", want)
	}
}

// cpu is either stage of the limit on processor time: the engine's watchdog sees
// these attacks only at lucky moments, the kernel's clock always.
func cpu(body string, err error) string {
	if sentinel(supervisor.ErrCallCPU)(body, err) == "" {
		return ""
	}
	return verdict(supervisor.CPULimit)(body, err)
}

func exception(name, text string) outcome {
	return func(_ string, err error) string {
		var e *supervisor.RemoteError
		if errors.As(err, &e) && e.Name == name && strings.Contains(e.Message, text) {
			return ""
		}
		return fmt.Sprintf("want an exception %s with %q", name, text)
	}
}

func answer(want string) outcome {
	return func(body string, err error) string {
		if err == nil && body == want {
			return ""
		}
		return fmt.Sprintf("want answer %q", want)
	}
}

// TestNeighbours lets one facet of an object attack while another serves. The
// other answers every request; the attacker gets what it deserves and works
// again with its next request.
func TestNeighbours(t *testing.T) {
	h := openHost(t, nil)
	o := h.Object("neighbours", "house")
	victim := o.Facets().Get("victim", start(h, source(t, "counter.js"), nil))
	quiet := watch(t, victim)
	eventually(t, "a hundred quiet requests", func() bool { return quiet.count() >= 100 })
	t.Logf("victim alone: %s", quiet.end())
	for _, a := range attacks {
		t.Run(a.path[1:], func(t *testing.T) {
			if a.limits == &slowLimits {
				needRoot(t, "without a cgroup nothing bounds a facet's memory")
			}
			attacker := o.Facets().Get(a.path[1:], start(h, source(t, "attacker.js"), a.limits))
			mustServe(t, attacker, "/", "well")
			w := watch(t, victim)
			body, err := fetch(attacker, a.path)
			if wrong := a.want(body, err); wrong != "" {
				t.Errorf("%s; got %.300q, %v", wrong, body, err)
			}
			mustServe(t, attacker, "/", "well")
			if status, body := serve(attacker, a.path); status != a.status {
				t.Errorf("status %d %.300q, want %d", status, body, a.status)
			}
			mustServe(t, attacker, "/", "well")
			t.Logf("victim: %s", w.end())
		})
	}
}
