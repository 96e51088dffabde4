package workers_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/facetd/facetd/facet/js"
)

// wireRef is a reference as docs/projects.md has it.
type wireRef struct {
	Export uint64          `json:"export,omitempty"`
	Handle uint64          `json:"handle,omitempty"`
	Yours  uint64          `json:"yours,omitempty"`
	Target json.RawMessage `json:"target,omitempty"`
	Kind   int             `json:"kind"`
}

type wireDetails struct {
	Refs     []wireRef `json:"refs,omitempty"`
	Path     []string  `json:"path,omitempty"`
	Property bool      `json:"property,omitempty"`
}

// mirror plays a supervisor that leads every call back to the instance that made
// it, as if the callee were another one: what is exported arrives as a handle.
type mirror struct {
	p       *peer
	handles map[uint64]wireRef
	exports map[uint64]*sent
	next    uint64
	home    bool     // exports arrive as the receiver's own
	arrived []uint64 // exports that came home in the message that is being made
}

// sent counts how often an export travelled, and the handles for it.
type sent struct{ times, handles int }

func startMirror(t *testing.T) *mirror {
	m := &mirror{handles: map[uint64]wireRef{}, exports: map[uint64]*sent{}}
	m.p = startPeer(t, m.answer)
	m.p.mu.Lock()
	defer m.p.mu.Unlock()
	m.p.released = m.release
	return m
}

// cross turns references that were sent into those that arrive.
func (m *mirror) cross(details []byte) []byte {
	if len(details) == 0 {
		return nil
	}
	var d wireDetails
	if err := json.Unmarshal(details, &d); err != nil {
		m.p.lost = append(m.p.lost, fmt.Sprintf("details %s: %v", details, err))
	}
	for i, r := range d.Refs {
		fresh := r.Handle == 0
		if r.Handle != 0 {
			held, ok := m.handles[r.Handle]
			if !ok {
				m.p.lost = append(m.p.lost, fmt.Sprintf("handle %d is sent and is not held", r.Handle))
			}
			r = held
		}
		if r.Export != 0 {
			if m.exports[r.Export] == nil {
				m.exports[r.Export] = &sent{}
			}
			if fresh {
				m.exports[r.Export].times++
			}
			if m.home {
				m.arrived = append(m.arrived, r.Export)
				d.Refs[i] = wireRef{Yours: r.Export, Kind: r.Kind}
				continue
			}
			m.exports[r.Export].handles++
		}
		m.next++
		m.handles[m.next] = r
		d.Refs[i] = wireRef{Handle: m.next, Kind: r.Kind}
	}
	out, _ := json.Marshal(d)
	return out
}

func (m *mirror) answer(p *peer, c hostCall) {
	var t struct {
		Handle     uint64
		Entrypoint *struct{ Name string }
	}
	_ = json.Unmarshal([]byte(c.target), &t)
	export := uint64(0)
	if t.Handle != 0 {
		held, ok := m.handles[t.Handle]
		if !ok {
			p.lost = append(p.lost, fmt.Sprintf("call of handle %d, which is not held", t.Handle))
		}
		export = held.Export
	}
	if c.fetch {
		p.end(c, js.Message{Kind: js.InHostResponse, A: 200, Body: []byte("fetched " + c.url + " by " + c.target)})
		return
	}
	call := p.r.call()
	p.callbacks[call] = func(out js.Message) {
		if out.Kind == js.OutError {
			p.fail(c, out.A&0xffff, string(out.S1), string(out.S2))
			return
		}
		p.end(c, js.Message{Kind: js.InHostResult, S2: m.cross(out.S2), Body: append([]byte(nil), out.Body...)})
		m.cameHome()
	}
	p.post(js.Message{Kind: js.InRpc, Call: call, A: int64(export), S1: []byte(c.method), S2: m.cross([]byte(c.url)), Body: []byte(c.rest)})
	m.cameHome()
}

// release is what a Release message of the runtime causes.
func (m *mirror) release(list []byte) {
	var numbers []uint64
	if err := json.Unmarshal(list, &numbers); err != nil {
		m.p.lost = append(m.p.lost, fmt.Sprintf("release %s: %v", list, err))
	}
	for _, n := range numbers {
		r, ok := m.handles[n]
		if !ok {
			m.p.lost = append(m.p.lost, fmt.Sprintf("release of handle %d, which is not held", n))
		}
		delete(m.handles, n)
		if r.Export != 0 {
			m.exports[r.Export].handles--
			m.forget(r.Export)
		}
	}
}

// forget gives an export back that nobody holds.
func (m *mirror) forget(export uint64) {
	s := m.exports[export]
	if s.handles == 0 && s.times > 0 {
		m.p.post(js.Message{Kind: js.InRelease, S1: fmt.Appendf(nil, "[[%d,%d]]", export, s.times)})
		s.times = 0
	}
}

func (m *mirror) cameHome() {
	for _, export := range m.arrived {
		m.forget(export)
	}
	m.arrived = nil
}

// held counts the handles.
func (m *mirror) held() int {
	m.p.mu.Lock()
	defer m.p.mu.Unlock()
	return len(m.handles)
}
