package wire

import (
	"context"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
)

// Accept takes a call of the runner. It is called on the receiving goroutine, in
// the order of the calls, and must not block; the function that it returns is run on
// a goroutine of its own and answers the call. An error is a violation: see
// [Violation].
type Accept func(*Incoming) (handle func(), err error)

// hostFrame handles a frame of a call that the runner opened, or opens now.
func (m *Mux) hostFrame(f *facetv1.Frame) error {
	m.mu.Lock()
	if m.err != nil {
		m.mu.Unlock()
		return nil
	}
	if s := m.sockets[f.Call]; s != nil {
		m.heard.Add(1)
		m.progress.Add(1)
		soon, err := m.socketFrame(s, f)
		m.mu.Unlock()
		if soon != nil {
			soon()
		}
		return err
	}
	if in := m.incoming[f.Call]; in != nil {
		err := in.frame(f)
		over := in.over
		m.mu.Unlock()
		if over { // what a runner that does not read left in the queue
			m.retract(f.Call)
		}
		return err
	}
	if f.Call > m.lastIncoming {
		m.mu.Unlock()
		return m.accept(f)
	}
	defer m.mu.Unlock()
	// The runner may not have seen the end of the call yet.
	switch f.Kind.(type) {
	case *facetv1.Frame_Chunk, *facetv1.Frame_Credit, *facetv1.Frame_Cancel, *facetv1.Frame_Failure,
		*facetv1.Frame_WsMessage, *facetv1.Frame_WsClose, *facetv1.Frame_WsState:
		return m.tolerate()
	}
	return violation("%T for call %d, which is not new", f.Kind, f.Call)
}

// accept opens a call of the runner. Only the receiving goroutine gets here, so
// nobody else opens one meanwhile.
func (m *Mux) accept(f *facetv1.Frame) error {
	in := &Incoming{m: m, id: f.Call, inflow: inflow{window: Window}, complete: true, ready: make(chan struct{}, 1), room: make(chan struct{}, 1)}
	refusal, err := in.read(f)
	if err != nil {
		return err
	}
	if m.cfg.Accept == nil {
		return violation("a call of an instance that was granted nothing")
	}
	if denied, err := in.receive(); err != nil {
		return err
	} else if denied != nil {
		refusal = denied
	}
	opened := false
	defer func() {
		if !opened {
			in.drop()
		}
	}()
	queued := m.queued()
	m.mu.Lock()
	switch {
	case m.err != nil:
		m.mu.Unlock()
		return nil
	case queued > maxQueued:
		err = violation("%d bytes of answers are not read while calls are opened", queued)
	case len(m.incoming) >= m.cfg.Incoming:
		err = violation("more than %d calls are open", m.cfg.Incoming)
	case m.handlers >= handlersOf*m.cfg.Incoming:
		err = violation("a flood of calls that are cancelled at once")
	}
	if err != nil {
		m.mu.Unlock()
		return err
	}
	m.lastIncoming = in.id
	m.incoming[in.id] = in
	m.handlers++
	if m.incomingBytes += in.size; m.incomingBytes > maxIncomingBytes && refusal == nil {
		refusal = tooMuch("The calls under way carry more data than the limit allows.")
	}
	m.idle = min(m.idle+Window, maxIdle)
	in.ctx, in.cancel = context.WithCancelCause(m.ctx)
	m.mu.Unlock()
	opened = true
	var handle func()
	if refusal == nil {
		handle, err = m.cfg.Accept(in)
	}
	go in.serve(handle, refusal)
	return err
}

// serve runs the handler within the caller's limit on time.
func (in *Incoming) serve(handle func(), refusal *facetv1.Failure) {
	m := in.m
	defer func() {
		in.Fail(tooMuch("The call was not answered."))
		in.drop()
		in.cancel(ErrNotWanted)
		m.mu.Lock()
		m.handlers--
		m.incomingBytes -= in.size
		m.mu.Unlock()
	}()
	if handle == nil {
		if refusal != nil {
			in.Fail(refusal)
		}
		return
	}
	if m.cfg.IncomingTime > 0 {
		timer := time.AfterFunc(m.cfg.IncomingTime, func() { in.cancel(fault.ErrCallWall) })
		defer timer.Stop()
	}
	handle()
}

// frame handles a frame of an open call; m.mu is held.
func (in *Incoming) frame(f *facetv1.Frame) error {
	switch k := f.Kind.(type) {
	case *facetv1.Frame_Chunk:
		if k.Chunk == nil || in.complete {
			return violation("a body chunk for call %d, which waits for none", in.id)
		}
		if err := in.admit(k.Chunk.Data); err != nil {
			return err
		}
		if err := in.m.arrived(&in.inflow, len(k.Chunk.Data)); err != nil {
			return err
		}
		if len(k.Chunk.Data) == 0 && !k.Chunk.End {
			return in.m.tolerate()
		}
		in.keep(k.Chunk.Data)
		in.complete = k.Chunk.End
		wake(in.ready)
	case *facetv1.Frame_Credit:
		if k.Credit == nil || in.credited+int64(k.Credit.Bytes) > in.sent {
			return violation("credit for more than was sent")
		}
		in.credited += int64(k.Credit.Bytes)
		wake(in.room)
		if k.Credit.Bytes == 0 {
			return in.m.tolerate()
		}
	case *facetv1.Frame_Cancel, *facetv1.Frame_Failure:
		in.end()
		in.cancel(ErrNotWanted)
	default:
		return violation("%T for call %d, which the runner opened", f.Kind, in.id)
	}
	return nil
}
