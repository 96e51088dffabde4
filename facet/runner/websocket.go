package runner

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/facetd/facetd/facet/js"
	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// Bits of the number of Fetch and HostFetch, WsMessage and WsState messages.
const (
	fetchWebSocket = 4

	socketText = 1

	stateAccept     = 1
	stateHibernate  = 2
	stateAttachment = 4
)

const (
	closeTooLarge = 1009
	closeLost     = 1006
)

// socketMessage makes the message for a frame about a WebSocket; false for others.
func socketMessage(f *facetv1.Frame) (m js.Message, ok bool) {
	m.Call = f.Call
	switch k := f.Kind.(type) {
	case *facetv1.Frame_WsMessage:
		m.Kind = js.InWsMessage
		if k.WsMessage.Text {
			m.A, m.S1 = socketText, k.WsMessage.Data
		} else if m.Body = k.WsMessage.Data; m.Body == nil {
			m.Body = []byte{}
		}
	case *facetv1.Frame_WsClose:
		m.Kind, m.A, m.S1 = js.InWsClose, int64(k.WsClose.Code), []byte(k.WsClose.Reason)
	case *facetv1.Frame_WsState:
		m.Kind, m.A = js.InWsAnswered, k.WsState.AnsweredMs
	default:
		return m, false
	}
	return m, true
}

// socketLost ends a WebSocket of which a message did not fit the engine's queue.
func (s *service) socketLost(call uint64, err error) {
	s.out.send([]*facetv1.Frame{{Call: call, Kind: &facetv1.Frame_WsClose{WsClose: &facetv1.WsClose{Code: closeLost}}}})
	m := js.Message{Kind: js.InWsClose, Call: call, A: closeLost}
	if !errors.Is(err, js.ErrInboxFull) {
		return
	}
	go func() {
		for errors.Is(s.engine.Post(m), js.ErrInboxFull) {
			time.Sleep(owedRetry)
		}
	}()
}

// socketFrame makes the frame for a message about a WebSocket, or nil.
func socketFrame(m *js.Message) *facetv1.Frame {
	f := &facetv1.Frame{Call: m.Call}
	switch m.Kind {
	case js.OutWsMessage:
		if len(m.Body) > maxResult {
			f.Kind = &facetv1.Frame_WsClose{WsClose: &facetv1.WsClose{Code: closeTooLarge, Reason: "Message is too large"}}
			break
		}
		f.Kind = &facetv1.Frame_WsMessage{WsMessage: &facetv1.WsMessage{Text: m.A == socketText, Data: m.Body}}
	case js.OutWsClose:
		f.Kind = &facetv1.Frame_WsClose{WsClose: &facetv1.WsClose{Code: uint32(m.A), Reason: string(m.S1)}}
	case js.OutWsState:
		state := &facetv1.WsState{Accept: m.A&stateAccept != 0, Hibernate: m.A&stateHibernate != 0}
		if m.A&stateAttachment != 0 {
			state.HasAttachment, state.Attachment = true, m.Body
		}
		if len(m.S1) > 0 && json.Unmarshal(m.S1, &state.Tags) != nil {
			return nil // the runtime writes nothing else
		}
		f.Kind = &facetv1.Frame_WsState{WsState: state}
	case js.OutWsAuto:
		f.Kind = &facetv1.Frame_WsAuto{WsAuto: &facetv1.WsAuto{Set: m.A == 1, Request: string(m.S1), Response: string(m.S2)}}
	default:
		return nil
	}
	return f
}

// hibernatedSocket is a HibernatedSocket as JavaScript reads it; docs/projects.md.
type hibernatedSocket struct {
	Call       uint64   `json:"call"`
	Tags       []string `json:"tags"`
	Attachment []byte   `json:"attachment,omitempty"` // base64
	AnsweredMs int64    `json:"answered,omitempty"`
}

func hibernatedSockets(list []*facetv1.HibernatedSocket) []hibernatedSocket {
	var out []hibernatedSocket
	for _, h := range list {
		s := hibernatedSocket{Call: h.Call, Tags: append([]string{}, h.Tags...), AnsweredMs: h.AnsweredMs}
		if h.HasAttachment {
			s.Attachment = h.Attachment
		}
		out = append(out, s)
	}
	return out
}

// autoResponse is request and response; nil where there is none.
func autoResponse(a *facetv1.WsAuto) []string {
	if a == nil || !a.Set {
		return nil
	}
	return []string{a.Request, a.Response}
}
