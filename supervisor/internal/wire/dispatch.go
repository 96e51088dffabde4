package wire

import (
	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/refs"
)

// dispatch handles a packet. Its error is a violation.
func (m *Mux) dispatch(p *facetv1.Packet) error {
	if len(p.Frames) == 0 {
		return violation("an empty packet")
	}
	for _, f := range p.Frames {
		if f == nil || f.Kind == nil {
			return violation("a frame of no known kind")
		}
		var err error
		switch {
		case f.Call == 0:
			err = m.connectionFrame(f)
		case f.Call%2 == 0:
			err = m.hostFrame(f)
		default:
			err = m.callFrame(f)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *Mux) connectionFrame(f *facetv1.Frame) error {
	switch k := f.Kind.(type) {
	case *facetv1.Frame_Log:
		if k.Log != nil && m.cfg.Log != nil {
			m.cfg.Log(k.Log)
		}
	case *facetv1.Frame_Trace:
		return m.traceFrame(k.Trace)
	case *facetv1.Frame_Alarm:
		return m.alarmFrame(k.Alarm)
	case *facetv1.Frame_Broken:
		if k.Broken == nil || k.Broken.Failure == nil {
			return violation("a Broken frame without a failure")
		}
		m.cfg.Broken(k.Broken.Failure)
	case *facetv1.Frame_WsAuto:
		if k.WsAuto == nil {
			return violation("an empty WsAuto frame")
		}
		if m.cfg.Auto != nil {
			if err := m.cfg.Auto(k.WsAuto); err != nil {
				return violation("%v", err)
			}
		}
	case *facetv1.Frame_Release:
		return m.released(k.Release)
	default:
		return violation("%T without a call", f.Kind)
	}
	return nil
}

func (m *Mux) callFrame(f *facetv1.Frame) error {
	m.heard.Add(1)
	var after *facetv1.Frame
	// Whether or not anybody wants the result: what it refers to has travelled.
	got, denied, err := m.result(f)
	if err != nil {
		return err
	}
	m.mu.Lock()
	c, ok := m.calls[f.Call]
	idle := m.idle
	var soon func()
	switch s := m.sockets[f.Call]; {
	case m.err != nil:
	case s != nil:
		soon, err = m.socketFrame(s, f)
	case ok && c.rpc:
		if err = c.rpcFrame(f, got, denied); err == nil {
			got.Caps = nil // the call's
		}
	case ok:
		after, err = c.fetchFrame(f)
	case m.canceled.has(f.Call):
		err = m.tolerate()
	case f.Call >= m.next:
		err = violation("%T for call %d, which was never opened", f.Kind, f.Call)
	default:
		// Credit and Cancel for a request body cross the end of the response.
		switch f.Kind.(type) {
		case *facetv1.Frame_Credit, *facetv1.Frame_Cancel:
			err = m.tolerate()
		default:
			err = violation("%T for call %d, which has ended", f.Kind, f.Call)
		}
	}
	if m.idle == idle {
		m.progress.Add(1)
	}
	m.mu.Unlock()
	refs.Drop(got.Caps...)
	if after != nil {
		m.enqueue(after, 16)
	}
	if soon != nil {
		soon()
	}
	return err
}

// end marks the runner's last frame; m.mu is held.
func (c *Call) end() {
	c.ended = true
	c.stopped = true
	c.m.remove(c)
	wake(c.ready)
	wake(c.room)
}

// result takes the result of a method call out of a frame that holds one.
func (m *Mux) result(f *facetv1.Frame) (got Result, denied, err error) {
	r := f.GetRpcResult()
	if r == nil {
		return got, nil, nil
	}
	got.Value = r.Value
	if err := checkRefs(r.Refs, r.Inner); err != nil {
		return got, nil, err
	}
	got.Caps, _, denied, err = m.take(r.Refs, r.Inner)
	return got, denied, err
}

func (c *Call) rpcFrame(f *facetv1.Frame, got Result, denied error) error {
	switch k := f.Kind.(type) {
	case *facetv1.Frame_RpcResult:
		if k.RpcResult == nil {
			return violation("an empty RpcResult frame")
		}
		c.result, c.err = got, denied
	case *facetv1.Frame_Failure:
		if k.Failure == nil {
			return violation("an empty Failure frame")
		}
		c.err = FailureError(k.Failure)
	case *facetv1.Frame_Chunk:
		return c.part(k.Chunk)
	default:
		return violation("%T for a method call", f.Kind)
	}
	c.end()
	return nil
}

// fetchFrame handles a frame of a fetch call; m.mu is held. The frame it
// returns is to be sent after m.mu is released.
func (c *Call) fetchFrame(f *facetv1.Frame) (*facetv1.Frame, error) {
	switch k := f.Kind.(type) {
	case *facetv1.Frame_Response:
		if k.Response == nil || c.head != nil {
			return nil, violation("a second response head, or an empty one")
		}
		head, err := parseHead(k.Response, c.m.cfg.HeaderBytes, c.m.cfg.HeaderEntries)
		if err != nil {
			if IsViolation(err) {
				return nil, err
			}
			return c.refuse(err), nil
		}
		if k.Response.WebSocket {
			return nil, c.upgraded(head, k.Response)
		}
		c.head = head
		return c.bodyFrame(k.Response.Body, k.Response.End)
	case *facetv1.Frame_Chunk:
		if k.Chunk == nil || c.head == nil {
			return nil, violation("a body chunk before the response head, or an empty one")
		}
		return c.bodyFrame(k.Chunk.Data, k.Chunk.End)
	case *facetv1.Frame_Credit:
		if k.Credit == nil || c.credited+int64(k.Credit.Bytes) > c.sent {
			return nil, violation("credit for more than was sent")
		}
		c.credited += int64(k.Credit.Bytes)
		wake(c.room)
		if k.Credit.Bytes == 0 {
			return nil, c.m.tolerate()
		}
	case *facetv1.Frame_Cancel:
		c.stopped = true
		wake(c.room)
		return nil, c.m.tolerate()
	case *facetv1.Frame_Failure:
		if k.Failure == nil {
			return nil, violation("an empty Failure frame")
		}
		c.err = FailureError(k.Failure)
		c.end()
	default:
		return nil, violation("%T for a fetch call", f.Kind)
	}
	return nil, nil
}

func (c *Call) bodyFrame(data []byte, end bool) (*facetv1.Frame, error) {
	if err := c.admit(data); err != nil {
		return nil, err
	}
	if err := c.m.arrived(&c.inflow, len(data)); err != nil {
		return nil, err
	}
	c.received += int64(len(data))
	if c.received > c.m.cfg.ResponseBytes {
		return c.refuse(fault.ErrResponseTooLarge), nil
	}
	c.keep(data)
	if end {
		if !c.m.leave(&c.inflow) {
			return c.refuse(errNotTaken), nil
		}
		c.end()
		return nil, nil
	}
	wake(c.ready)
	if len(data) == 0 {
		return nil, c.m.tolerate()
	}
	return nil, nil
}

// refuse ends the call with err because of what the application, not the
// runner, did; m.mu is held.
func (c *Call) refuse(err error) *facetv1.Frame {
	c.m.remove(c)
	c.m.taken(&c.inflow, c.counted)
	c.m.canceled.add(c.id, c.m.next)
	c.head = nil
	c.chunks = nil
	c.fail(err)
	return &facetv1.Frame{Call: c.id, Kind: &facetv1.Frame_Cancel{Cancel: &facetv1.Cancel{}}}
}
