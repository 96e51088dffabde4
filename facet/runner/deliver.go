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

// deliver posts one frame of the supervisor to the engine. The supervisor is
// trusted; what does not fit the queue fails the call instead of waiting, since
// waiting here would stop every other call.
func (s *service) deliver(f *facetv1.Frame) {
	m := js.Message{Call: f.Call}
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
	case *facetv1.Frame_Chunk:
		m.Kind, m.Body = js.InChunk, k.Chunk.Data
		if k.Chunk.End {
			m.A = 1
		}
	case *facetv1.Frame_Credit:
		m.Kind, m.A = js.InCredit, int64(k.Credit.Bytes)
	case *facetv1.Frame_RpcCall:
		m.Kind, m.S1, m.Body = js.InRpc, []byte(k.RpcCall.Method), k.RpcCall.Args
	case *facetv1.Frame_Cancel, *facetv1.Frame_Failure:
		m.Kind = js.InCancel
	default:
		return
	}
	if err := s.engine.Post(m); err != nil {
		s.out.send([]*facetv1.Frame{{Call: f.Call, Kind: &facetv1.Frame_Failure{Failure: &facetv1.Failure{
			Kind: facetv1.Failure_KIND_INTERNAL, Name: "Error", Message: err.Error(),
		}}}})
	}
}
