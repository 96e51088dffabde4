package workers_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/facetd/facetd/facet/internal/bundle"
	"github.com/facetd/facetd/facet/js"
	"github.com/facetd/facetd/facet/storage"
	"github.com/facetd/facetd/facet/workers"
	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// answerTime is how long a test waits for a message before it fails.
const answerTime = time.Minute

// runner is the real engine with the real runtime and a real database; the test
// plays the supervisor.
type runner struct {
	engine *js.Engine

	mu   sync.Mutex
	seen []js.Message
	wake chan struct{} // closed and renewed on each arrival
	next uint64
	// onMessage sees a message first; true keeps it from the others.
	onMessage func(js.Message) bool
}

// cpuLimit is for one call; a test in a process of its own may lower it first.
var cpuLimit = 700 * time.Millisecond

var started struct {
	sync.Once
	r *runner
}

// start gives the process's one engine.
func start(t testing.TB) *runner {
	t.Helper()
	started.Do(func() {
		e, err := js.Start(js.Config{Runtime: workers.Runtime, JIT: mode() == "jit", CPULimit: cpuLimit})
		if err != nil {
			t.Fatal(err)
		}
		db, wal := databaseFiles(t)
		if err := e.OpenStorage(db, wal, storage.Limits{MaxPages: 1 << 14, HeapBytes: 32 << 20}); err != nil {
			t.Fatal(err)
		}
		started.r = &runner{engine: e, wake: make(chan struct{}), next: 1}
		go started.r.receive()
	})
	if started.r == nil {
		t.Fatal("the engine did not start")
	}
	return started.r
}

// databaseFiles makes a database from the supervisor's template and an empty
// log. The engine owns the descriptors; the files have no names any more.
func databaseFiles(t testing.TB) (db, wal int) {
	t.Helper()
	image, err := os.ReadFile("../../supervisor/internal/tree/template.sqlite")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "workers-test-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	var fds [2]int
	for i, content := range [][]byte{image, nil} {
		name := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if fds[i], err = unix.Open(name, unix.O_RDWR|unix.O_CLOEXEC, 0); err != nil {
			t.Fatal(err)
		}
	}
	return fds[0], fds[1]
}

func (r *runner) receive() {
	for {
		messages, err := r.engine.Receive(context.Background())
		r.mu.Lock()
		for _, m := range messages {
			if r.onMessage != nil && r.onMessage(m) {
				continue
			}
			for _, p := range []*[]byte{&m.S1, &m.S2, &m.S3, &m.Body} {
				*p = append([]byte(nil), *p...)
			}
			r.seen = append(r.seen, m)
		}
		close(r.wake)
		r.wake = make(chan struct{})
		r.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// take waits for the first message that matches and removes it.
func (r *runner) take(t testing.TB, what string, match func(js.Message) bool) js.Message {
	t.Helper()
	deadline := time.After(answerTime)
	for {
		r.mu.Lock()
		for i, m := range r.seen {
			if match(m) {
				r.seen = append(r.seen[:i:i], r.seen[i+1:]...)
				r.mu.Unlock()
				return m
			}
		}
		wake := r.wake
		r.mu.Unlock()
		select {
		case <-wake:
		case <-deadline:
			t.Fatalf("no %s", what)
		}
	}
}

func (r *runner) of(t testing.TB, call uint64, kinds ...int) js.Message {
	t.Helper()
	return r.take(t, fmt.Sprintf("message of kind %v for call %d", kinds, call), func(m js.Message) bool {
		if m.Call != call {
			return false
		}
		for _, k := range kinds {
			if m.Kind == k {
				return true
			}
		}
		return false
	})
}

func (r *runner) log(t testing.TB, part string) js.Message {
	t.Helper()
	return r.take(t, fmt.Sprintf("log line with %q", part), func(m js.Message) bool {
		return m.Kind == js.OutLog && strings.Contains(string(m.S1), part)
	})
}

func (r *runner) post(t testing.TB, m js.Message) {
	t.Helper()
	if err := r.engine.Post(m); err != nil {
		t.Fatal(err)
	}
}

func (r *runner) call() uint64 {
	r.next += 2
	return r.next
}

type about struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	HasName bool   `json:"hasName"`
	Plain   bool   `json:"plain"`
	Grants  grants `json:"grants"`
}

// grants is facetv1.Grants as a Load message has it.
type grants struct {
	Facets     bool      `json:"facets"`
	Depth      int       `json:"depth"`
	Namespaces []binding `json:"namespaces"`
	Loaders    []string  `json:"loaders"`
	Exports    []binding `json:"exports"`
	Alarms     bool      `json:"alarms"`
}

type binding struct {
	Name string `json:"name"`
	Key  []byte `json:"key"` // base64 in JSON
}

// code is a worker to load.
type code struct {
	source string // of main.js
	class  string
	about  about
	props  []byte // encoded
	env    []byte
	flags  int64
}

// load bundles and loads the worker and returns the answer.
func (r *runner) load(t testing.TB, c code) js.Message {
	t.Helper()
	built := bundle.Build(&facetv1.BundleRequest{MainModule: "main.js", Modules: []*facetv1.Module{
		{Name: "main.js", Kind: facetv1.Module_KIND_JS, Content: []byte(c.source)},
	}})
	if len(built.Errors) > 0 {
		t.Fatal(built.Errors)
	}
	text, err := json.Marshal(c.about)
	if err != nil {
		t.Fatal(err)
	}
	body := binary.LittleEndian.AppendUint32(nil, uint32(len(c.props)))
	body = append(append(body, c.props...), c.env...)
	r.post(t, js.Message{Kind: js.InLoad, A: c.flags, S1: built.Script, S2: []byte(c.class), S3: text, Body: body})
	return r.of(t, 0, js.OutLoaded, js.OutError, js.OutBroken)
}

// mustLoad loads a worker whose class is App.
func (r *runner) mustLoad(t testing.TB, source string) {
	t.Helper()
	if m := r.load(t, code{source: source, class: "App", about: about{ID: strings.Repeat("ab", 32), Name: "app", HasName: true}}); m.Kind != js.OutLoaded {
		t.Fatalf("load failed: %s: %s\n%s", m.S1, m.S2, m.S3)
	}
}

// failure is an Error message.
type failure struct{ js.Message }

func (f failure) Error() string { return fmt.Sprintf("%s: %s", f.S1, f.S2) }

// rpc calls a method; the arguments and the result are JSON.
func (r *runner) rpc(t testing.TB, method string, args string) (string, error) {
	t.Helper()
	call := r.call()
	r.post(t, js.Message{Kind: js.InRpc, Call: call, S1: []byte(method), Body: []byte("J" + args)})
	m := r.of(t, call, js.OutRpcResult, js.OutError)
	if m.Kind == js.OutError {
		return "", failure{m}
	}
	if len(m.Body) > 0 && m.Body[0] == 'J' {
		return string(m.Body[1:]), nil
	}
	return fmt.Sprintf("%x", m.Body), nil
}

// response is a fetch call's answer with its whole body.
type response struct {
	status  int
	text    string
	headers [][2]string
	body    string
	err     error
}

func (r response) header(name string) string {
	var values []string
	for _, h := range r.headers {
		if h[0] == name {
			values = append(values, h[1])
		}
	}
	return strings.Join(values, ", ")
}

// request is a fetch call.
type request struct {
	method, url string
	headers     []string // name, value, …
	body        string
	hasBody     bool
}

// fetch makes a call and reads its answer to the end, giving credit as it goes.
func (r *runner) fetch(t testing.TB, q request) response {
	t.Helper()
	call := r.call()
	if q.method == "" {
		q.method = "GET"
	}
	flat := ""
	for _, h := range q.headers {
		flat += h + "\x00"
	}
	m := js.Message{Kind: js.InFetch, Call: call, A: 2, S1: []byte(q.method), S2: []byte(q.url), S3: []byte(flat)}
	if q.hasBody || q.body != "" {
		m.A |= 1
		m.Body = []byte(q.body)
	}
	r.post(t, m)
	return r.answer(t, call)
}

func (r *runner) answer(t testing.TB, call uint64) response {
	t.Helper()
	head := r.of(t, call, js.OutResponse, js.OutError)
	if head.Kind == js.OutError {
		return response{err: failure{head}}
	}
	out := response{status: int(head.A & 0xffff), text: string(head.S1), body: string(head.Body)}
	parts := strings.Split(string(head.S2), "\x00")
	for i := 0; i+1 < len(parts); i += 2 {
		out.headers = append(out.headers, [2]string{parts[i], parts[i+1]})
	}
	for more := head.A&(1<<16) != 0; more; {
		chunk := r.of(t, call, js.OutChunk, js.OutError)
		if chunk.Kind == js.OutError {
			out.err = failure{chunk}
			return out
		}
		out.body += string(chunk.Body)
		r.post(t, js.Message{Kind: js.InCredit, Call: call, A: int64(len(chunk.Body))})
		more = chunk.A != 1
	}
	return out
}

// script is one row of a table: the body of a method, and its result as JSON.
type script struct {
	name, code, want string
}

// scriptPrelude is what rows of scripts may use.
const scriptPrelude = `import {DurableObject, RpcTarget, WorkerEntrypoint, env, exports, waitUntil} from "cloudflare:workers";
const name = e => (e instanceof Error ? e.name : typeof e) + ": " + (e?.message ?? e);
const fails = f => { try { f() } catch (e) { return name(e) } return "nothing thrown" };
const rejects = async p => { try { await p } catch (e) { return name(e) } return "nothing thrown" };
const sleep = ms => new Promise(r => setTimeout(r, ms));
`

// runScripts loads one class with all rows as methods and calls them in order.
// The result of a row is what it returns, or "Class: message" of what it throws.
func runScripts(t *testing.T, prelude string, rows []script) {
	t.Helper()
	r := start(t)
	var b strings.Builder
	b.WriteString(scriptPrelude + prelude + "\nexport class App extends DurableObject {\n")
	for i, row := range rows {
		fmt.Fprintf(&b, "async t%d() { const {ctx, env} = this, {storage} = ctx, {kv, sql} = storage;\n%s\n}\n", i, row.code)
	}
	b.WriteString("}\n")
	r.mustLoad(t, b.String())
	for i, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, err := r.rpc(t, fmt.Sprintf("t%d", i), "[]")
			if err != nil {
				f := err.(failure)
				t.Fatalf("%v\n%s", err, f.S3)
			}
			if got != row.want {
				t.Errorf("%s\n got %s\nwant %s", row.code, got, row.want)
			}
		})
	}
}

func itoa(n int) string { return fmt.Sprint(n) }
