package supervisor

import (
	"errors"
	"strings"
	"testing"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// What a runner may not even say ends it, and the next call has a new one. The
// wire's own tests have the whole table; these go through a project.
func TestHostileCallsOfAProject(t *testing.T) {
	p := peerProject(t, nil)
	tests := []struct {
		name string
		args []any
	}{
		{"nobody", []any{"", "", "", 0, "count"}},
		{"huge facet name", []any{"facet", strings.Repeat("x", 1<<20), "", 1, "count"}},
		{"huge namespace", []any{"object", strings.Repeat("x", 1<<20), strings.Repeat("0", 64), 0, "count"}},
		{"id of the wrong shape", []any{"object", "NS", "../../etc/passwd", 0, "count"}},
		{"huge loader", []any{"entrypoint", strings.Repeat("x", 1<<20), "w", 1, "count"}},
	}
	for _, tt := range tests {
		obj := p.Object("App", tt.name)
		control := func(when string) {
			if got, err := ask(t, obj, "facet", "f", "", 1, "count"); err != nil || got != int64(1) {
				t.Errorf("%s, control %s: %v, %v", tt.name, when, got, err)
			}
		}
		control("before")
		if _, err := ask(t, obj, tt.args...); verdictOf(err) != ProtocolViolation {
			t.Errorf("%s: %v", tt.name, err)
		}
		control("after")
	}
}

// Every error that an instance can be told about has a class and no path of the
// host or of an object in it.
func TestFailuresTellNoPaths(t *testing.T) {
	v := &VerdictError{Verdict: OOM, Facet: "Secret/object", Reason: errIdle}
	for _, err := range []error{v, &BusyError{Facet: "Secret/object"}, &BackoffError{Facet: "Secret/object", Last: v},
		&BuildError{}, &CodeError{Message: "x"}, ErrDepth, ErrNameTooLong, ErrBadName, ErrCallCPU, errOutbound,
		&RemoteError{Name: "RangeError", Message: "x", Stack: "Secret/object"},
		&VerdictError{Verdict: StartFailed, Reason: errors.New("open /var/lib/Secret/0.sqlite: no such file")},
		&VerdictError{Verdict: Crashed, Reason: errors.New("its last words: Secret")},
		&VerdictError{Verdict: PolicyViolation, Reason: errors.New("Secret")}} {
		f := failureOf(err)
		if f.Name == "" || f.Message == "" || strings.Contains(f.String(), "Secret") {
			t.Errorf("%T: %v", err, f)
		}
	}
	if f := failureOf(v); !f.DurableObjectReset || !strings.Contains(f.Message, "oom") {
		t.Errorf("%v", f)
	}
	if f := failureOf(&RemoteError{Name: "Error", Message: "x", Remote: true}); f.Kind != facetv1.Failure_KIND_EXCEPTION {
		t.Errorf("%v", f)
	}
}
