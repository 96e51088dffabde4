package runner

import (
	"sync"
	"time"

	"github.com/facetd/facetd/facet/js"
	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// owedRetry is how often a failure that did not fit the engine's queue is tried
// again.
const owedRetry = 10 * time.Millisecond

// owed remembers the calls of the instance whose answer was lost: JavaScript is
// told that they failed as soon as there is room, and what else comes for them is
// dropped.
type owed struct {
	mu    sync.Mutex
	calls map[uint64]struct{}
}

// lost reports whether a frame is for a call whose answer was lost. A frame that
// ends the call ends that, too.
func (o *owed) lost(f *facetv1.Frame) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.calls) == 0 {
		return false
	}
	_, lost := o.calls[f.Call]
	if lost && ends(f) {
		delete(o.calls, f.Call)
	}
	return lost
}

// none reports whether no answer was lost.
func (o *owed) none() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.calls) == 0
}

// ends reports whether a frame is the last of a call that the runner opened.
func ends(f *facetv1.Frame) bool {
	switch k := f.Kind.(type) {
	case *facetv1.Frame_Response:
		return k.Response.End
	case *facetv1.Frame_Chunk:
		return k.Chunk.End
	case *facetv1.Frame_RpcResult, *facetv1.Frame_Failure:
		return true
	}
	return false
}

// answerLost fails a call of the instance because f could not be handed over.
func (s *service) answerLost(f *facetv1.Frame, err error) {
	if !ends(f) {
		s.owed.mu.Lock()
		if s.owed.calls == nil {
			s.owed.calls = make(map[uint64]struct{})
		}
		s.owed.calls[f.Call] = struct{}{}
		s.owed.mu.Unlock()
		s.out.send([]*facetv1.Frame{{Call: f.Call, Kind: &facetv1.Frame_Cancel{Cancel: &facetv1.Cancel{}}}})
	}
	s.undelivered(f.Call, err)
}

// settled forgets a lost call once JavaScript knows that it failed: what comes later
// is dropped there.
func (o *owed) settled(call uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.calls, call)
}

// undelivered tells JavaScript that its call failed, without waiting.
func (s *service) undelivered(call uint64, err error) {
	s.insist(js.Message{Kind: js.InHostError, Call: call, A: int64(facetv1.Failure_KIND_INTERNAL), S1: []byte("Error"), S2: []byte(err.Error())}, func() { s.owed.settled(call) })
}
