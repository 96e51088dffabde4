package runner

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/facetd/facetd/facet/js"
	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// released makes the frames for the handles that the runtime dropped.
func released(text []byte) []*facetv1.Frame {
	var handles []uint64
	if json.Unmarshal(text, &handles) != nil {
		return nil // the runtime is taken over; the supervisor ends what it holds with it
	}
	frames := make([]*facetv1.Frame, len(handles))
	for i, n := range handles {
		frames[i] = releaseFrame(n)
	}
	return frames
}

func releaseFrame(handle uint64) *facetv1.Frame {
	return &facetv1.Frame{Kind: &facetv1.Frame_Release{Release: &facetv1.Release{Number: handle, Count: 1}}}
}

// releaseMessage tells the runtime that exports are held less often.
func releaseMessage(counts [][2]uint64) js.Message {
	b, err := json.Marshal(counts)
	if err != nil { // numbers cannot fail
		exit(1)
	}
	return js.Message{Kind: js.InRelease, S1: b}
}

// unread releases the handles of a frame that the runtime will never see.
func (s *service) unread(f *facetv1.Frame) {
	var refs []*facetv1.Ref
	switch k := f.Kind.(type) {
	case *facetv1.Frame_RpcCall:
		refs = k.RpcCall.Refs
	case *facetv1.Frame_RpcResult:
		refs = k.RpcResult.Refs
	}
	var frames []*facetv1.Frame
	for _, r := range refs {
		if n := r.GetHandle(); n != 0 {
			frames = append(frames, releaseFrame(n))
		}
	}
	s.out.send(frames)
}

// unsent tells the runtime about the exports in a message that was not sent: they
// have not travelled.
func (o *outbox) unsent(d details) {
	var counts [][2]uint64
	for _, r := range d.Refs {
		if r.Export != 0 {
			counts = append(counts, [2]uint64{r.Export, 1})
		}
	}
	if len(counts) > 0 {
		o.post(releaseMessage(counts))
	}
}

// insist posts a message that must arrive, without waiting, and then calls the
// functions.
func (s *service) insist(m js.Message, after ...func()) {
	posted := func() bool {
		if errors.Is(s.engine.Post(m), js.ErrInboxFull) {
			return false
		}
		for _, f := range after {
			f()
		}
		return true
	}
	if posted() {
		return
	}
	go func() {
		for !posted() {
			time.Sleep(owedRetry)
		}
	}()
}
