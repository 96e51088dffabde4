package workers_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/facetd/facetd/facet/js"
)

// hostCall is a call that the runtime opened.
type hostCall struct {
	id           uint64
	fetch        bool
	method       string
	target, rest string // JSON; encoded arguments or first body bytes
	url, headers string // url: a method call's details
	flags        int64
}

// peer plays the supervisor's side: it notes what it is asked and answers with
// what the test says.
type peer struct {
	r      *runner
	answer func(*peer, hostCall)

	mu    sync.Mutex
	notes []string
	lost  []string // what breaks the protocol
	last  uint64
	open  map[uint64]bool
	most  int
	// started has what the callback of a facet or worker answered.
	callbacks map[uint64]func(js.Message)
	// released sees the handles that the runtime drops.
	released func([]byte)
}

// startPeer answers the host calls until the test ends.
func startPeer(t *testing.T, answer func(*peer, hostCall)) *peer {
	t.Helper()
	p := &peer{r: start(t), answer: answer, open: map[uint64]bool{}, callbacks: map[uint64]func(js.Message){}}
	p.r.mu.Lock()
	p.r.onMessage = p.onMessage
	p.r.mu.Unlock()
	t.Cleanup(func() {
		p.r.mu.Lock()
		p.r.onMessage = nil
		p.r.mu.Unlock()
		for _, problem := range p.lost {
			t.Error(problem)
		}
	})
	return p
}

func (p *peer) onMessage(m js.Message) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f := p.callbacks[m.Call]; f != nil && (m.Kind == js.OutRpcResult || m.Kind == js.OutError) {
		delete(p.callbacks, m.Call)
		f(m)
		return true
	}
	switch m.Kind {
	case js.OutHostFetch, js.OutHostRpc:
		n := binary.LittleEndian.Uint32(m.Body)
		c := hostCall{id: m.Call, flags: m.A, fetch: m.Kind == js.OutHostFetch, method: string(m.S1), url: string(m.S2), headers: string(m.S3), target: string(m.Body[4 : 4+n]), rest: string(m.Body[4+n:])}
		if m.Call%2 != 0 || m.Call <= p.last {
			p.lost = append(p.lost, fmt.Sprintf("call id %d after %d", m.Call, p.last))
		}
		p.last = m.Call
		p.open[m.Call] = true
		p.most = max(p.most, len(p.open))
		p.answer(p, c)
		return true
	case js.OutRelease:
		if p.released != nil {
			p.released(m.S1)
			return true
		}
	case js.OutHostCancel:
		if !p.open[m.Call] {
			p.lost = append(p.lost, fmt.Sprintf("cancel of call %d, which is not open", m.Call))
		}
		delete(p.open, m.Call)
		p.note("cancel")
		return true
	}
	return false
}

func (p *peer) note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

func (p *peer) post(m js.Message) {
	if err := p.r.engine.Post(m); err != nil {
		p.lost = append(p.lost, err.Error())
	}
}

// end answers a call with its last message.
func (p *peer) end(c hostCall, m js.Message) {
	m.Call = c.id
	delete(p.open, c.id)
	p.post(m)
}

func (p *peer) result(c hostCall, json string) {
	p.end(c, js.Message{Kind: js.InHostResult, Body: []byte("J" + json)})
}

func (p *peer) fail(c hostCall, kind int64, name, message string) {
	p.end(c, js.Message{Kind: js.InHostError, A: kind, S1: []byte(name), S2: []byte(message)})
}

// callback calls a function of the runtime; then gets its answer, JSON or
// "!Name: message".
func (p *peer) callback(number int, then func(string)) {
	call := p.r.call()
	p.callbacks[call] = func(m js.Message) {
		if m.Kind == js.OutError {
			then(fmt.Sprintf("!%s: %s", m.S1, m.S2))
			return
		}
		then(string(m.Body))
	}
	p.post(js.Message{Kind: js.InCallback, Call: call, A: int64(number), Body: []byte("J[]")})
}

// take returns the notes so far.
func (p *peer) take() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := strings.Join(p.notes, "; ")
	p.notes = nil
	return s
}

// hostRow is the code of a method, its result as JSON, and what the supervisor was
// asked meanwhile; "*" for anything.
type hostRow struct{ name, code, want, notes string }

// runHostRows loads one class with all rows as methods and calls them in order.
func runHostRows(t *testing.T, p *peer, prelude string, g grants, rows []hostRow) {
	t.Helper()
	var b strings.Builder
	b.WriteString(prelude + "export class App extends DurableObject {\n")
	for i, row := range rows {
		fmt.Fprintf(&b, "async t%d() { const {ctx, env} = this, {facets, storage: {kv}} = ctx; const get = n => facets.get(n, () => ({class: exports.Child}));\n%s\n}\n", i, row.code)
	}
	b.WriteString("}\n")
	loaded := p.r.load(t, code{source: b.String(), class: "App", about: about{ID: strings.Repeat("ab", 32), Name: "app", HasName: true, Grants: g}})
	if loaded.Kind != js.OutLoaded {
		t.Fatalf("load failed: %s: %s\n%s", loaded.S1, loaded.S2, loaded.S3)
	}
	for i, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			p.take()
			got, err := p.r.rpc(t, fmt.Sprintf("t%d", i), "[]")
			if err != nil {
				t.Fatalf("%v\n%s", err, err.(failure).S3)
			}
			if got != row.want {
				t.Errorf("%s\n got %s\nwant %s", row.code, got, row.want)
			}
			if notes := p.take(); row.notes != "*" && notes != row.notes {
				t.Errorf("%s\nasked %s\n want %s", row.code, notes, row.notes)
			}
		})
	}
}
