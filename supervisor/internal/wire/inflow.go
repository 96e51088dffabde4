package wire

import facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"

// smallChunk is what a piece of a body has to be larger than to be kept as it
// came, in bytes.
const smallChunk = 4 << 10

// inflow is a body that the runner sends, on its way to its reader. The mux's mu
// guards it.
type inflow struct {
	chunks   [][]byte
	window   int  // bytes that the runner may still send
	consumed int  // bytes read and not yet credited
	counted  int  // bytes of chunks in Mux.unread, or Mux.left
	left     bool // they are in Mux.left
}

// admit takes the bytes of a piece out of the window.
func (f *inflow) admit(data []byte) error {
	if len(data) > f.window {
		return violation("%d bytes of body where the window has room for %d", len(data), f.window)
	}
	f.window -= len(data)
	return nil
}

// keep adds a piece to those that wait for their reader. Small ones are joined:
// each costs memory beside its bytes, up to fifty times as much, that the window
// does not count.
func (f *inflow) keep(data []byte) {
	if len(data) == 0 {
		return
	}
	if last := len(f.chunks) - 1; last >= 0 && len(data) <= smallChunk && len(f.chunks[last]) <= smallChunk {
		f.chunks[last] = append(f.chunks[last], data...)
		return
	}
	f.chunks = append(f.chunks, data)
}

// take removes the first piece, of which there is one, and returns the credit
// that is due for what was read; none where all has come. A runner that has a small
// share of the windows waits for credit once all that it said is read.
func (f *inflow) take(all bool) (data []byte, grant int) {
	data = f.chunks[0]
	f.chunks[0] = nil
	f.chunks = f.chunks[1:]
	f.consumed += len(data)
	if !all && (f.consumed >= Window/2 || len(f.chunks) == 0 && f.consumed >= minWindow) {
		grant, f.consumed = f.consumed, 0
		f.window += grant
	}
	return data, grant
}

// credit lets the runner send more of a call's body. mu must not be held.
func (m *Mux) credit(call uint64, grant int) {
	if grant > 0 {
		m.enqueue(&facetv1.Frame{Call: call, Kind: &facetv1.Frame_Credit{
			Credit: &facetv1.Credit{Bytes: uint32(grant)}}}, 16)
	}
}
