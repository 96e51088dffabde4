package supervisor

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"
)

// peerProject opens a project whose runners are test peers: they open whatever
// call they are told to.
func peerProject(t *testing.T, change func(*Config)) *Project {
	t.Helper()
	h := peerHost(t, "ok", func(c *Config) {
		c.StartTimeout = 5 * time.Second
		if change != nil {
			change(c)
		}
	})
	p, err := h.OpenProject(t.Context(), ProjectConfig{
		Name: "p", Worker: h.Loader().Load(anyCode), Classes: []StoredClass{{Class: "App"}},
		Namespaces: []NamespaceBinding{{Binding: "NS", Class: "App"}}, Loaders: []string{"L"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ask has a peer open a call: kind of target, two names, callback, method and
// arguments.
func ask(t *testing.T, s *Stub, args ...any) (any, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var out any
	err := s.Call(ctx, "host", &out, args...)
	return out, err
}

func wantError(t *testing.T, name string, err error, class, text string) {
	t.Helper()
	var remote *RemoteError
	if !errors.As(err, &remote) || remote.Name != class || !strings.Contains(remote.Message, text) {
		t.Errorf("%s: %v; want %s: %s", name, err, class, text)
	}
}

func TestHostCalls(t *testing.T) {
	p := peerProject(t, nil)
	obj := p.Object("App", "a")
	id := p.classes["App"].idFromName("a")
	tests := []struct {
		name string
		args []any
		want any
	}{
		{"facet", []any{"facet", "f", "", 1, "count"}, int64(1)},
		{"facet again, no callback needed", []any{"facet", "f", "", 4, "count"}, int64(2)},
		{"another facet", []any{"facet", "g", "", 16, "count"}, int64(1)},
		{"class of a loader", []any{"facet", "loaded", "", 9, "count"}, int64(1)},
		{"object", []any{"object", "NS", strings.Repeat("0", 64), 0, "count"}, int64(1)},
		{"object by its class", []any{"object", "App", strings.Repeat("0", 64), 0, "count"}, int64(2)},
		{"itself (F18)", []any{"object", "NS", id, 0, "count"}, int64(1)},
		{"entrypoint", []any{"entrypoint", "", "", 0, "count"}, int64(1)},
		{"entrypoint of a loaded worker", []any{"entrypoint", "L", "w1", 0, "count"}, int64(1)},
		{"loaded before it is called", []any{"host", "", "", 0, "loaders.load", "L", "w2", 10}, nil},
		{"abort of what does not run (F62)", []any{"host", "", "", 0, "facets.abort", "none", map[string]any{"name": "Error", "message": "x"}}, nil},
		{"delete of what never was (F74)", []any{"host", "", "", 0, "facets.delete", "none"}, nil},
		{"clone", []any{"host", "", "", 0, "facets.clone", "f", "copy"}, nil},
	}
	for _, tt := range tests {
		if got, err := ask(t, obj, tt.args...); err != nil || got != tt.want {
			t.Errorf("%s: %v, %v; want %v", tt.name, got, err, tt.want)
		}
	}
}

// What a runner may not reach, and what goes wrong on the way, is told with class
// and message, and the instance that asked goes on.
func TestHostCallErrors(t *testing.T) {
	p := peerProject(t, nil)
	obj := p.Object("App", "a")
	tests := []struct {
		name        string
		args        []any
		class, text string
	}{
		{"namespace", []any{"object", "Nope", strings.Repeat("0", 64), 0, "count"}, "Error", errNotBound.Error()},
		{"wrong name", []any{"object of a name", "NS", "a", 0, "count"}, "Error", errWrongID.Error()},
		{"loader", []any{"entrypoint", "Nope", "w", 10, "count"}, "Error", errNotBound.Error()},
		{"loader of a class", []any{"facet", "e1", "", 5, "count"}, "Error", errNotBound.Error()},
		{"no callback", []any{"facet", "e2", "", 0, "count"}, "Error", ErrNoCallback.Error()},
		{"F29", []any{"facet", "e3", "", 2, "count"}, "TypeError", "Cannot initialize StartupOptions"},
		{"F30", []any{"facet", "e4", "", 3, "count"}, "TypeError", "Incorrect type for the 'class' field on 'StartupOptions'"},
		{"class without a name", []any{"facet", "e5", "", 13, "count"}, "TypeError", "Incorrect type for the 'class' field"},
		{"id", []any{"facet", "e6", "", 6, "count"}, "TypeError", "Incorrect type for the 'id' field"},
		{"digits", []any{"facet", "e7", "", 14, "count"}, "TypeError", "Incorrect type for the 'id' field"},
		{"garbage", []any{"facet", "e8", "", 7, "count"}, "TypeError", "is no value"},
		{"deep", []any{"facet", "e8", "", 15, "count"}, "TypeError", "Cannot initialize StartupOptions"},
		{"F40", []any{"facet", "e9", "", 8, "count"}, "RangeError", "callback threw"},
		{"silence", []any{"facet", "e10", "", 4, "count"}, "Error", "did not return within 5s"},
		{"code", []any{"facet", "e11", "", 11, "count"}, "TypeError", "kind that is not supported"},
		{"no code", []any{"entrypoint", "L", "w9", 0, "count"}, "Error", errNoCode.Error()},
		{"code that is no object", []any{"entrypoint", "L", "w8", 2, "count"}, "TypeError", "Callback returned incorrect type"},
		{"L34", []any{"outbound", "", "", 0, "x"}, "Error", "not permitted to access the internet"},
		{"operation", []any{"host", "", "", 0, "facets.steal"}, "Error", errOperation.Error()},
		{"arguments", []any{"host", "", "", 0, "facets.delete", 5}, "Error", errOperation.Error()},
		{"empty name (F23)", []any{"facet", "", "", 1, "count"}, "TypeError", "must not be empty"},
		{"method", []any{"facet", "ok", "", 1, "nope"}, "TypeError", "does not implement the method"},
	}
	for _, tt := range tests {
		_, err := ask(t, obj, tt.args...)
		wantError(t, tt.name, err, tt.class, tt.text)
		if _, err := ask(t, obj, "facet", "ok", "", 1, "count"); err != nil {
			t.Fatalf("after %s: %v", tt.name, err)
		}
	}
	// F41 is not copied: the next callback counts.
	if _, err := ask(t, obj, "facet", "e3", "", 1, "count"); err != nil {
		t.Error(err)
	}
}

// A loaded worker reaches nothing that its project does, and the tree of facets is
// four levels deep.
func TestGrantsOfALoadedWorker(t *testing.T) {
	p := peerProject(t, nil)
	obj := p.Object("App", "a")
	if _, err := ask(t, obj, "facet", "f", "", 9, "count"); err != nil {
		t.Fatal(err)
	}
	facet := obj.Facets().Get("f", nil)
	for _, kind := range []string{"object", "entrypoint"} {
		name := map[string]string{"object": "NS", "entrypoint": "L"}[kind]
		_, err := ask(t, facet, kind, name, strings.Repeat("0", 64), 10, "count")
		wantError(t, kind, err, "Error", errNotBound.Error())
		if _, err := ask(t, obj, kind, name, strings.Repeat("0", 64), 10, "count"); err != nil {
			t.Errorf("%s, control: %v", kind, err)
		}
	}
	deep := facet
	for depth := 3; depth <= 4; depth++ {
		if _, err := ask(t, deep, "facet", "f", "", 1, "count"); err != nil {
			t.Fatalf("level %d: %v", depth, err)
		}
		deep = deep.Facets().Get("f", nil)
	}
	_, err := ask(t, deep, "facet", "f", "", 1, "count")
	wantError(t, "F84", err, "Error", "Facet nesting depth limit exceeded.")
	_, err = ask(t, p.Entrypoint("default", nil), "facet", "f", "", 1, "count")
	wantError(t, "entrypoint", err, "Error", errNoFacets.Error())
}

// A call that waits for another instance, which calls back, is no deadlock, even
// where one call at a time may be under way (F18).
func TestReentrancy(t *testing.T) {
	p := peerProject(t, func(c *Config) { c.Limits.Concurrent, c.Limits.Queue = 1, 1 })
	obj := p.Object("App", "a")
	id := p.classes["App"].idFromName("a")
	got, err := ask(t, obj, "facet", "f", "", 1, "host", "object", "NS", id, 0, "count")
	if err != nil || got != int64(1) {
		t.Errorf("%v, %v", got, err)
	}
	// Without an end it is ended by the limits, and the next call works.
	if _, err := ask(t, obj, "object", "NS", id, 0, "count"); err != nil {
		t.Error(err)
	}
}

// The time that a caller has is the time its call has, and the cause crosses.
func TestHostCallTime(t *testing.T) {
	p := peerProject(t, func(c *Config) { c.Limits.Wall = 5 * time.Second })
	obj := p.Object("App", "a")
	if _, err := ask(t, obj, "facet", "f", "", 1, "count"); err != nil {
		t.Fatal(err)
	}
	_, err := ask(t, obj, "facet", "f", "", 1, "hang")
	if err == nil || !strings.Contains(err.Error(), ErrCallWall.Error()) {
		t.Errorf("%v", err)
	}
}

func TestAbortFromJavaScript(t *testing.T) {
	p := peerProject(t, nil)
	obj := p.Object("App", "a")
	if _, err := ask(t, obj, "facet", "f", "", 1, "count"); err != nil {
		t.Fatal(err)
	}
	old := obj.Facets().Get("f", nil)
	hung := make(chan error, 1)
	go func() {
		_, err := ask(t, obj, "facet", "f", "", 1, "hang")
		hung <- err
	}()
	eventually(t, "the call is under way", func() bool { return calls(t, obj, "f") == 1 })
	why := map[string]any{"name": "RangeError", "message": "new version"}
	if _, err := ask(t, obj, "host", "", "", 0, "facets.abort", "f", why); err != nil {
		t.Fatal(err)
	}
	wantError(t, "F56", <-hung, "RangeError", "new version")
	var verdict *VerdictError
	if err := old.Call(t.Context(), "count", nil); !errors.As(err, &verdict) || verdict.Verdict != Aborted {
		t.Errorf("F57: %v", err)
	}
	if got, err := ask(t, obj, "facet", "f", "", 1, "count"); err != nil || got != int64(1) {
		t.Errorf("a new instance: %v, %v", got, err)
	}
}

// calls is how many calls are under way in a facet.
func calls(t *testing.T, parent *Stub, name string) int {
	t.Helper()
	list, err := parent.Facets().List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if f.Name == name {
			return f.Calls
		}
	}
	return 0
}

// When a parent's instance ends, those of its facets end (F69), unless it only
// hibernates.
func TestFacetsEndWithTheirParent(t *testing.T) {
	p := peerProject(t, nil)
	obj := p.Object("App", "a")
	if _, err := ask(t, obj, "facet", "f", "", 1, "count"); err != nil {
		t.Fatal(err)
	}
	child := obj.Facets().Get("f", nil)
	if _, err := fetch(t, obj, "/exit"); verdictOf(err) != Crashed {
		t.Fatal(err)
	}
	if err := child.Call(t.Context(), "count", nil); verdictOf(err) != Aborted {
		t.Errorf("%v", err)
	}
	if got, err := ask(t, obj, "facet", "f", "", 1, "count"); err != nil || got != int64(1) {
		t.Errorf("%v, %v", got, err)
	}
}

// Code that nobody vouches for cannot have as many processes as it likes.
func TestNestedInstancesAreBounded(t *testing.T) {
	p := peerProject(t, nil)
	obj := p.Object("App", "a")
	if _, err := ask(t, obj, "facet", "f", "", 9, "count"); err != nil {
		t.Fatal(err)
	}
	facet := obj.Facets().Get("f", nil)
	facet.inc.node.object.nested.Store(maxNested - 1)
	if _, err := ask(t, facet, "facet", "last", "", 1, "count"); err != nil {
		t.Errorf("the last place: %v", err)
	}
	_, err := ask(t, facet, "facet", "more", "", 1, "count")
	wantError(t, "one more", err, "Error", "too many calls")
	if _, err := ask(t, facet, "host", "", "", 0, "facets.delete", "last"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the place is free again", func() bool {
		_, err := ask(t, facet, "facet", "more", "", 1, "count")
		return err == nil
	})
}

func TestOpenProjectErrors(t *testing.T) {
	h := peerHost(t, "ok", nil)
	worker := h.Loader().Load(anyCode)
	tests := []struct {
		name string
		cfg  ProjectConfig
		want string
	}{
		{"no worker", ProjectConfig{}, "ProjectConfig.Worker"},
		{"missing class", ProjectConfig{Worker: worker, Classes: []StoredClass{{Class: "Nope"}, {Class: "App"}}}, "under the name of Nope"},
		{"class twice", ProjectConfig{Worker: worker, Classes: []StoredClass{{Class: "App"}, {Class: "App"}}}, "named twice"},
		{"missing entrypoint", ProjectConfig{Worker: worker, Entrypoint: "Zip"}, `no export "Zip"`},
		{"no storage", ProjectConfig{Worker: worker, Namespaces: []NamespaceBinding{{Binding: "NS", Class: "App"}}}, "has no storage"},
		{"two of one name", ProjectConfig{Worker: worker, Loaders: []string{"A"}, Vars: map[string]any{"A": 1}}, "env.A is a worker loader and a variable"},
		{"no name", ProjectConfig{Worker: worker, Loaders: []string{""}}, "cannot be the name"},
		{"vars", ProjectConfig{Worker: worker, Vars: map[string]any{"f": func() {}}}, "cannot be cloned"},
		{"limits", ProjectConfig{Worker: worker, Limits: &Limits{Pids: -1}}, "limit Pids"},
	}
	for _, tt := range tests {
		if _, err := h.OpenProject(t.Context(), tt.cfg); !contains(err, tt.want) {
			t.Errorf("%s: %v; want %s", tt.name, err, tt.want)
		}
	}
	p, err := h.OpenProject(t.Context(), ProjectConfig{Worker: worker})
	if err != nil {
		t.Fatal(err)
	}
	mustFetch(t, p.Entrypoint("", nil), "/", "hello")
	if code, body := get(p, "/"); code != 200 || body != "hello" {
		t.Errorf("%d %q", code, body)
	}
	if err := p.Object("Nope", "x").Call(t.Context(), "count", nil); !contains(err, "no storage") {
		t.Error(err)
	}
}

// A class keeps its objects under another name, and another project has others.
func TestObjectsOfARenamedClass(t *testing.T) {
	h := peerHost(t, "ok", nil)
	open := func(name string, c StoredClass) *namespace {
		p, err := h.OpenProject(t.Context(), ProjectConfig{Name: name, Worker: h.Loader().Load(anyCode), Classes: []StoredClass{c}})
		if err != nil {
			t.Fatal(err)
		}
		return p.classes["App"]
	}
	renamed := open("p", StoredClass{Class: "App", StoredAs: "Old"})
	same := open("p", StoredClass{Class: "App"})
	other := newNamespace(&Project{name: "q"}, StoredClass{Class: "App", StoredAs: "Old"}) // not on this host
	if renamed.dir != "p.Old" || same.dir != "p.App" || renamed.idFromName("a") == same.idFromName("a") || renamed.idFromName("a") == other.idFromName("a") {
		t.Error("ids do not follow project and first name")
	}
}

// A runner that calls facets of ever new names makes the supervisor keep no more
// than a bounded number of them, and those that run go on.
func TestNamesOfFacetsAreForgotten(t *testing.T) {
	p := peerProject(t, nil)
	obj := p.Object("App", "a")
	if _, err := ask(t, obj, "facet", "kept", "", 1, "count"); err != nil {
		t.Fatal(err)
	}
	for i := range 3 * minSweep {
		if _, err := ask(t, obj, "facet", strconv.Itoa(i), "", 3, "count"); err == nil {
			t.Fatal("a facet without a class was started")
		}
	}
	o := obj.inc.node.object
	o.mu.Lock()
	n := len(obj.inc.node.children)
	o.mu.Unlock()
	if n > minSweep {
		t.Errorf("%d names are kept", n)
	}
	if got, err := ask(t, obj, "facet", "kept", "", 1, "count"); err != nil || got != int64(2) {
		t.Errorf("%v, %v", got, err)
	}
}
