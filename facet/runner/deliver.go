package runner

import (
	"github.com/facetd/facetd/facet/js"
	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// Bits of a Fetch message's number.
const (
	fetchHasBody  = 1
	fetchComplete = 2
)

const (
	// forwardedFlag in a HostResponse message's number: ResponseHead.forwarded.
	forwardedFlag = 1 << 17
	// forwardShift is where RequestHead.forward begins in a HostFetch message's number.
	forwardShift = 3
)

// ours reports whether the instance opened a call, and not the supervisor.
func ours(call uint64) bool { return call%2 == 0 }

// deliver posts one frame of the supervisor to the engine. The supervisor is
// trusted; what does not fit the queue fails the call instead of waiting, since
// waiting here would stop every other call.
func (s *service) deliver(f *facetv1.Frame) {
	m, ok := message(f)
	if !ok {
		return
	}
	if ours(f.Call) && s.owed.lost(f) {
		s.unread(f)
		return
	}
	if m.Kind == js.InRelease {
		s.insist(m)
		return
	}
	err := s.engine.Post(m)
	if err != nil {
		s.unread(f)
	}
	switch {
	case err == nil:
	case m.Kind == js.InWsAnswered: // the next one may fit
	case m.Kind == js.InWsMessage || m.Kind == js.InWsClose:
		s.socketLost(f.Call, err)
	case ours(f.Call):
		s.answerLost(f, err)
	default:
		s.out.send([]*facetv1.Frame{{Call: f.Call, Kind: &facetv1.Frame_Failure{Failure: &facetv1.Failure{
			Kind: facetv1.Failure_KIND_INTERNAL, Name: "Error", Message: err.Error(),
		}}}})
	}
}

// deliverAll posts the frames of a packet with one wake-up of the engine; false where
// each has to be delivered by itself, and none was posted. One goroutine calls it.
func (s *service) deliverAll(frames []*facetv1.Frame) bool {
	s.batch = s.batch[:0]
	defer func() { clear(s.batch) }()
	for _, f := range frames {
		m, ok := message(f)
		if !ok {
			continue
		}
		if m.Kind == js.InRelease || ours(f.Call) && !s.owed.none() {
			return false
		}
		s.batch = append(s.batch, m)
	}
	return s.engine.Post(s.batch...) == nil
}

// message makes the message for a frame; false for one that the supervisor does
// not send.
func message(f *facetv1.Frame) (m js.Message, ok bool) {
	m.Call = f.Call
	switch k := f.Kind.(type) {
	case *facetv1.Frame_Request:
		r := k.Request
		m.Kind, m.S1, m.S2, m.S3, m.Body = js.InFetch, []byte(r.Method), []byte(r.Url), r.Headers, r.Body
		if r.HasBody {
			m.A |= fetchHasBody
		}
		if r.End {
			m.A |= fetchComplete
		}
		if r.WebSocket {
			m.A |= fetchWebSocket
		}
	case *facetv1.Frame_Chunk:
		m.Kind, m.Body = js.InChunk, k.Chunk.Data
		if k.Chunk.End {
			m.A = 1
		}
	case *facetv1.Frame_Credit:
		m.Kind, m.A = js.InCredit, int64(k.Credit.Bytes)
	case *facetv1.Frame_RpcCall:
		if a := k.RpcCall.GetTarget().GetAlarm(); a != nil {
			m.Kind, m.S1 = js.InAlarm, alarmText(a)
			break
		}
		if n := k.RpcCall.GetTarget().GetCallback(); n != 0 {
			m.Kind, m.A, m.Body = js.InCallback, int64(n), k.RpcCall.Args
			break
		}
		r := k.RpcCall
		m.Kind, m.A, m.S1, m.Body = js.InRpc, int64(r.GetTarget().GetExport()), []byte(r.Method), r.Args
		m.S2 = detailsOf(r.Refs, r.Path, r.Property)
	case *facetv1.Frame_Response:
		r := k.Response
		m.Kind, m.A, m.S1, m.S3, m.Body = js.InHostResponse, int64(r.Status), []byte(r.StatusText), r.Headers, r.Body
		if !r.End {
			m.A |= numberFlag
		}
		if r.Forwarded {
			m.A |= forwardedFlag
		}
	case *facetv1.Frame_RpcResult:
		m.Kind, m.Body = js.InHostResult, k.RpcResult.Value
		m.S2 = detailsOf(k.RpcResult.Refs, nil, false)
	case *facetv1.Frame_Failure:
		if !ours(f.Call) {
			m.Kind = js.InCancel
			break
		}
		m.Kind, m.A, m.S1, m.S2 = js.InHostError, int64(k.Failure.Kind), []byte(k.Failure.Name), []byte(k.Failure.Message)
		if k.Failure.DurableObjectReset {
			m.A |= numberFlag
		}
		if k.Failure.Overloaded {
			m.A |= numberOverloaded
		}
	case *facetv1.Frame_Cancel:
		m.Kind = js.InCancel
	case *facetv1.Frame_Release:
		return releaseMessage([][2]uint64{{k.Release.Number, uint64(k.Release.Count)}}), true
	default:
		return socketMessage(f)
	}
	return m, true
}
