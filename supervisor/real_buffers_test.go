package supervisor

import (
	"io"
	"net/http/httptest"
	"sync"
	"testing"
)

const endless = `import { DurableObject } from "cloudflare:workers";
export class App extends DurableObject {
  fetch() { return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(65536)) } })) }
}`

// Of facets whose answers nobody reads, the one that fills most of what the host may
// keep ends, and no other; where the host may keep it all, none does.
func TestRealBuffers(t *testing.T) {
	for _, test := range []struct {
		name    string
		buffers int64
		ends    bool
	}{{"more than the host may keep", 4 << 20, true}, {"less", 0, false}} {
		t.Run(test.name, func(t *testing.T) {
			var mu sync.Mutex
			ended := map[string]Verdict{}
			h := realHost(t, func(c *Config) {
				c.Buffers = test.buffers
				c.Ended = func(v *VerdictError) {
					mu.Lock()
					defer mu.Unlock()
					ended[v.Facet] = v.Verdict
				}
			})
			object := h.Object("N", "o")
			stub := func(name string) *Stub { return object.Facets().Get(name, js(h, endless)) }
			open := func(s *Stub) (io.ReadCloser, error) {
				resp, err := s.Fetch(t.Context(), httptest.NewRequest("GET", "http://app.example/", nil))
				if err != nil {
					return nil, err
				}
				t.Cleanup(func() { resp.Body.Close() })
				return resp.Body, nil
			}
			modest, err := open(stub("modest"))
			if err != nil {
				t.Fatal(err)
			}
			var greedy []io.ReadCloser
			for range 24 {
				body, err := open(stub("greedy"))
				if err != nil {
					if test.ends && len(greedy) > 0 { // it has been ended already
						break
					}
					t.Fatal(err)
				}
				greedy = append(greedy, body)
			}
			if test.ends {
				within(t, "the greedy one has ended", func() bool {
					mu.Lock()
					defer mu.Unlock()
					return ended["N/o/greedy"] == OOM
				})
				if _, err := io.Copy(io.Discard, greedy[0]); err == nil {
					t.Error("its answer goes on")
				}
			} else {
				within(t, "more is kept than the other host may", func() bool { _, sum := h.buffers.kept(); return sum > 4<<20 })
			}
			mu.Lock()
			n := len(ended)
			mu.Unlock()
			if want := map[bool]int{true: 1, false: 0}[test.ends]; n != want {
				t.Errorf("%v ended, want %d", ended, want)
			}
			if _, err := io.CopyN(io.Discard, modest, 1<<20); err != nil {
				t.Errorf("the modest one: %v", err)
			}
		})
	}
}
