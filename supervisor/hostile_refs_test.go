package supervisor

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/facetd/facetd/plugin-proto/value"
)

// counts adds up the handles and held exports of the instances that run.
func counts(stubs ...*Stub) (handles, exports int) {
	for _, s := range stubs {
		s.inc.mu.Lock()
		if s.inc.live != nil {
			h, e := s.inc.table.Counts()
			handles, exports = handles+h, exports+e
		}
		s.inc.mu.Unlock()
	}
	return handles, exports
}

func nothingIsHeld(t *testing.T, stubs ...*Stub) {
	t.Helper()
	eventually(t, "nothing is held any more", func() bool {
		handles, exports := counts(stubs...)
		return handles+exports == 0
	})
}

func digits(s *Stub) string { return s.inc.node.object.key.id }

func mustCall(t *testing.T, s *Stub, out any, method string, args ...any) {
	t.Helper()
	if err := s.Call(t.Context(), method, out, args...); err != nil {
		t.Fatalf("%s: %v", method, err)
	}
}

// A function that one instance lends to another is called by it, also while the
// lender waits; what it throws, or that it answers with nonsense, crosses; and when
// all is released nothing is left.
func TestFunctionsBetweenInstances(t *testing.T) {
	p := peerProject(t, nil)
	a, b := p.Object("App", "a"), p.Object("App", "b")
	mustCall(t, a, nil, "lend", digits(b), "keep", 1, 2, 4, 6, 7)
	if h, e := counts(a, b); h != 5 || e != 5 {
		t.Fatalf("%d handles, %d exports", h, e)
	}
	var echo []any
	mustCall(t, b, &echo, "call", 0, "")
	if len(echo) != 1 || echo[0] != "hi" {
		t.Errorf("%v", echo)
	}
	err := b.Call(t.Context(), "call", nil, 1, "")
	wantError(t, "a function that throws", err, "RangeError", "callback threw")
	var v any
	if err := b.Call(t.Context(), "call", &v, 2, ""); !errors.Is(err, value.ErrValue) {
		t.Errorf("nonsense: %v", err)
	}
	mustCall(t, b, nil, "call", 3, "") // answers with a function, which b holds now
	if h, _ := counts(b); h != 6 {
		t.Errorf("%d handles", h)
	}
	err = b.Call(t.Context(), "fetch-held", nil, 0)
	wantError(t, "fetch of a function", err, "TypeError", `does not implement the method "fetch"`)
	mustCall(t, b, nil, "release-all")
	nothingIsHeld(t, a, b)
	// An instance that waits for the one it lent to is called meanwhile.
	mustCall(t, a, &echo, "lend", digits(b), "callback", 1)
}

// The exporter dies: its functions answer with its end, calls under way too, and
// nobody else is hurt. Its stubs lead to its next instance.
func TestExporterEnds(t *testing.T) {
	p := peerProject(t, nil)
	a, b := p.Object("App", "a"), p.Object("App", "b")
	mustCall(t, a, nil, "lend", digits(b), "keep", 1, 3)
	mustCall(t, b, nil, "keep", a)
	hung := make(chan error, 1)
	go func() { hung <- b.Call(t.Context(), "call", nil, 1, "") }()
	eventually(t, "the function is called", func() bool {
		a.inc.mu.Lock()
		defer a.inc.mu.Unlock()
		return a.inc.active == 1
	})
	_ = a.Call(t.Context(), "release-unknown", nil) // ends it
	wantError(t, "the call under way", <-hung, "Error", "protocol-violation")
	err := b.Call(t.Context(), "call", nil, 0, "")
	wantError(t, "a later call", err, "Error", "protocol-violation")
	var n int
	if err := b.Call(t.Context(), "call", &n, 2, "count"); err != nil || n != 1 {
		t.Errorf("the stub: %d, %v", n, err)
	}
	mustCall(t, b, nil, "release-all")
	nothingIsHeld(t, a, b)
}

// The holder dies: the exporter learns that nobody holds its functions.
func TestHolderEnds(t *testing.T) {
	p := peerProject(t, nil)
	a, b := p.Object("App", "a"), p.Object("App", "b")
	for range 3 {
		mustCall(t, a, nil, "lend", digits(b), "keep", 1, 1, 2)
		if _, e := counts(a); e != 2 {
			t.Errorf("%d exports", e)
		}
		_ = b.Call(t.Context(), "release-unknown", nil)
		nothingIsHeld(t, a, b)
	}
}

// A function that hangs has the time that a call may take, and two that call each
// other for ever end by the limits.
func TestFunctionsThatNeverReturn(t *testing.T) {
	p := peerProject(t, func(c *Config) { c.Limits.Wall = 4 * time.Second })
	a, b := p.Object("App", "a"), p.Object("App", "b")
	mustCall(t, a, nil, "lend", digits(b), "keep", 3)
	if err := b.Call(t.Context(), "call", nil, 0, ""); !contains(err, ErrCallWall.Error()) {
		t.Errorf("%v", err)
	}
	mustCall(t, b, nil, "release-all")
	// a's 5 calls the first that a holds, b's 5, which calls a's 5.
	mustCall(t, a, nil, "lend", digits(b), "keep", 5)
	mustCall(t, b, nil, "lend", digits(a), "keep", 5)
	if err := b.Call(t.Context(), "call", nil, 0, ""); err == nil {
		t.Error("an endless recursion has an end")
	}
	mustCall(t, p.Object("App", "c"), nil, "count")
	mustCall(t, a, nil, "count")
	mustCall(t, b, nil, "count")
}

// What no honest runner says about references ends it and no other, and the next call
// has a new one. The wire's own tests have the whole table.
func TestHostileReferences(t *testing.T) {
	p := peerProject(t, nil)
	witness := p.Object("App", "witness")
	for _, method := range []string{"release-twice", "release-unknown", "release-many", "release-storm", "steal", "forge", "flood", "yours"} {
		s := p.Object("App", method)
		mustCall(t, witness, nil, "lend", digits(s), "keep", 1)
		if err := s.Call(t.Context(), method, nil); verdictOf(err) != ProtocolViolation {
			t.Errorf("%s: %v", method, err)
		}
		var n int
		if err := s.Call(t.Context(), "count", &n); err != nil || n != 1 {
			t.Errorf("after %s: %d, %v", method, n, err)
		}
	}
	nothingIsHeld(t, witness)
}

// What may not travel is refused with the peer's words, and the instance goes on.
func TestReferencesThatMayNotTravel(t *testing.T) {
	p := peerProject(t, nil)
	s := p.Object("App", "a")
	for _, tt := range []struct{ method, class, text string }{
		{"facet-stub", "DataCloneError", "Stubs pointing to Durable Object facets are not serializable."},
		{"loaded-stub", "DataCloneError", "Entrypoints to dynamically-loaded workers cannot be transferred"},
	} {
		wantError(t, tt.method, s.Call(t.Context(), tt.method, nil), tt.class, tt.text)
	}
	var stub *Stub
	mustCall(t, s, &stub, "stub-of", strings.Repeat("0", 64))
	mustCall(t, stub, nil, "count")
	// A loaded worker was granted no namespace, and its runner names one.
	loaded := p.host.Object("x", "y").Facets().Get("f", startAny(p.host))
	if err := loaded.Call(t.Context(), "stub-of", nil, strings.Repeat("0", 64)); !errors.Is(err, errNotBound) {
		t.Errorf("%v", err)
	}
}

// Stubs with large props do not fill the supervisor's memory.
func TestFatStubsAreBounded(t *testing.T) {
	p := peerProject(t, nil)
	a, b := p.Object("App", "a"), p.Object("App", "b")
	mustCall(t, b, nil, "keep", a)
	var err error
	for range 10 {
		if err = b.Call(t.Context(), "call", nil, 0, "fat"); err != nil {
			break
		}
	}
	wantError(t, "30 MiB of props", err, "RangeError", "dispose")
	mustCall(t, b, nil, "release-all")
	nothingIsHeld(t, a, b)
}

// Classes in the props of classes do not take more time than they take bytes, nor count
// as less than nothing.
func TestPropsWithinProps(t *testing.T) {
	p := peerProject(t, nil)
	a, b := p.Object("App", "a"), p.Object("App", "b")
	mustCall(t, b, nil, "keep", a)
	mustCall(t, b, nil, "call-with", 0, "bush", 10)
	for _, depth := range []int{20, 54, 55, 64, 1000} {
		err := b.Call(t.Context(), "call-with", nil, 0, "bush", depth)
		wantError(t, "a bush", err, "RangeError", "dispose")
	}
	mustCall(t, b, nil, "release-all")
	nothingIsHeld(t, a, b)
}

// A stub and a class in env reach the worker that is given them, and no other.
func TestStubsInEnv(t *testing.T) {
	p := peerProject(t, nil)
	code := anyCode
	code.Env = map[string]any{"S": p.Object("App", "a"), "C": p.Class("App", WithProps(map[string]any{"s": p.Object("App", "b")})), "n": 1}
	w := p.host.Loader().Load(code)
	b, err := w.build(t.Context())
	if err != nil || len(b.envCaps) != 2 {
		t.Fatal(err, b)
	}
	s := w.entrypoint("default", nil, nil)
	mustCall(t, s, nil, "count")
	if h, _ := counts(s); h != 2 {
		t.Errorf("%d handles", h)
	}
	code.Env = map[string]any{"bad": Class{}}
	if _, err := p.host.Loader().Load(code).build(t.Context()); !contains(err, "env cannot be cloned") {
		t.Errorf("%v", err)
	}
}

// Entrypoints are told apart by what their props refer to.
func TestPropsWithStubs(t *testing.T) {
	p := peerProject(t, nil)
	props := func(s *Stub) map[string]any { return map[string]any{"s": s} }
	a := p.Entrypoint("default", props(p.Object("App", "a")))
	again := p.Entrypoint("default", props(p.Object("App", "a")))
	b := p.Entrypoint("default", props(p.Object("App", "b")))
	var n int
	for i, s := range []*Stub{a, again, b} {
		mustCall(t, s, &n, "count")
		if want := []int{1, 2, 1}[i]; n != want {
			t.Errorf("%d: %d, want %d", i, n, want)
		}
	}
}

// An instance whose functions others hold does not hibernate; when they are given
// back, it does. (The calls before they do follow each other faster than it would.)
func TestHeldInstanceStays(t *testing.T) {
	p := peerProject(t, func(c *Config) { c.IdleTimeout = 2 * time.Second })
	a, b := p.Object("App", "a"), p.Object("App", "b")
	mustCall(t, a, nil, "lend", digits(b), "keep", 1)
	mustCall(t, b, nil, "lend", digits(a), "keep", 1)
	control := p.Object("App", "c")
	mustCall(t, control, nil, "count")
	rests := func(s *Stub) bool {
		s.inc.mu.Lock()
		defer s.inc.mu.Unlock()
		return s.inc.live == nil
	}
	eventually(t, "the control hibernates", func() bool { return rests(control) })
	if rests(a) || rests(b) {
		t.Error("an instance hibernates although its function is held")
	}
	var echo []any
	mustCall(t, b, &echo, "call", 0, "")
	mustCall(t, b, nil, "release-all")
	mustCall(t, a, nil, "release-all")
	eventually(t, "both hibernate", func() bool { return rests(a) && rests(b) })
}
