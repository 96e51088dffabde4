package runner

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/facetd/facetd/facet/internal/compute"
	"github.com/facetd/facetd/facet/js"
)

// What is computed counts for the call that asked for it, and for no other.
func TestComputingIsCharged(t *testing.T) {
	text, err := json.Marshal(compute.Request{Op: "derive", Name: "PBKDF2", Hash: "SHA-256", Bits: 256, Rounds: 20_000, Lengths: []int{1, 1}})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(c *computer, call uint64, owner int64) {
		c.add(&js.Message{Kind: js.OutCompute, Call: call, A: owner, S1: text, Body: []byte("ps")})
	}
	for _, limited := range []bool{true, false} {
		answers := make(chan js.Message, 8)
		c := &computer{answer: func(m js.Message) { answers <- m }}
		if limited {
			c.limit = time.Microsecond
		}
		ask(c, 2, 1)
		ask(c, 4, 1)
		ask(c, 6, 3)
		kinds := map[uint64]int{}
		for range 3 {
			select {
			case m := <-answers:
				kinds[m.Call] = m.Kind
			case <-time.After(time.Minute):
				t.Fatal("no answer")
			}
		}
		second := js.InHostResult
		if limited {
			second = js.InHostError
		}
		if kinds[2] != js.InHostResult || kinds[4] != second || kinds[6] != js.InHostResult {
			t.Errorf("limited %v: the answers are of the kinds %v", limited, kinds)
		}
	}
}
