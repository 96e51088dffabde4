package wire

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
)

type gotParts struct {
	result Result
	parts  []byte
	err    error
}

// askParts calls a callback whose answer may have parts.
func askParts(t *testing.T, m *Mux, p *pipe, parts Parts) (<-chan gotParts, uint64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	done := make(chan gotParts, 1)
	go func() {
		r, b, err := m.CallbackParts(ctx, 7, parts)
		done <- gotParts{r, b, err}
	}()
	return done, (<-p.sent).Call
}

func answer(call uint64, text string) *facetv1.Frame {
	return &facetv1.Frame{Call: call, Kind: &facetv1.Frame_RpcResult{RpcResult: &facetv1.RpcResult{Value: []byte(text)}}}
}

func admitAll(context.Context) error { return nil }

func TestParts(t *testing.T) {
	m, p, lost := mux(t)
	admit := make(chan struct{})
	done, call := askParts(t, m, p, Parts{Limit: 1 << 20, Admit: func(ctx context.Context) error {
		select {
		case <-admit:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}})
	for range 4 {
		p.say(chunk(call, Window/4, false))
	}
	select {
	case f := <-p.sent:
		t.Fatalf("%v before there was a place for more", f)
	case <-time.After(20 * time.Millisecond):
	}
	close(admit)
	for credited := uint32(0); credited < Window; {
		credited += (<-p.sent).GetCredit().GetBytes()
	}
	p.say(chunk(call, 10, false), answer(call, "Jnull"))
	if got := <-done; got.err != nil || len(got.parts) != Window+10 || string(got.result.Value) != "Jnull" {
		t.Errorf("%d bytes, %q, %v", len(got.parts), got.result.Value, got.err)
	}
	// An answer without parts asks for no place.
	done, call = askParts(t, m, p, Parts{Admit: func(context.Context) error { return errors.New("asked") }})
	p.say(answer(call, "J1"))
	if got := <-done; got.err != nil || got.parts != nil {
		t.Errorf("%v", got.err)
	}
	select {
	case err := <-lost:
		t.Errorf("lost: %v", err)
	default:
	}
}

func TestPartsAreBounded(t *testing.T) {
	full := errors.New("no place")
	for _, tt := range []struct {
		name  string
		parts Parts
		want  error
	}{
		{"limit", Parts{Limit: 999, Admit: admitAll}, fault.ErrArgsTooLarge},
		{"no place", Parts{Limit: 1 << 20, Admit: func(context.Context) error { return full }}, full},
	} {
		m, p, lost := mux(t)
		done, call := askParts(t, m, p, tt.parts)
		p.say(chunk(call, 1000, false))
		if got := <-done; !errors.Is(got.err, tt.want) {
			t.Errorf("%s: %v", tt.name, got.err)
		}
		if f := <-p.sent; f.GetCancel() == nil {
			t.Errorf("%s: the runner goes on: %v", tt.name, f)
		}
		p.say(chunk(call, 1000, false), answer(call, "Jnull")) // on its way by then
		select {
		case err := <-lost:
			t.Errorf("%s: lost: %v", tt.name, err)
		default:
		}
	}
}

func TestPartsViolations(t *testing.T) {
	for name, say := range map[string]func(call uint64) []*facetv1.Frame{
		"beyond the window": func(c uint64) []*facetv1.Frame { return []*facetv1.Frame{chunk(c, Window+1, false)} },
		"an end":            func(c uint64) []*facetv1.Frame { return []*facetv1.Frame{chunk(c, 1, true)} },
		"nothing": func(c uint64) []*facetv1.Frame {
			return []*facetv1.Frame{{Call: c, Kind: &facetv1.Frame_Chunk{}}}
		},
		"after the answer": func(c uint64) []*facetv1.Frame { return []*facetv1.Frame{answer(c, "Jnull"), chunk(c, 1, false)} },
		"a head":           func(c uint64) []*facetv1.Frame { return []*facetv1.Frame{head(c, "", true)} },
		"empty ones": func(c uint64) []*facetv1.Frame {
			return []*facetv1.Frame{chunk(c, 0, false)}
		},
	} {
		m, p, lost := mux(t)
		if name == "empty ones" {
			m.mu.Lock()
			m.idle = -Window // as after a flood
			m.mu.Unlock()
		}
		_, call := askParts(t, m, p, Parts{Limit: 1 << 20, Admit: admitAll})
		p.say(say(call)...)
		select {
		case err := <-lost:
			if !IsViolation(err) {
				t.Errorf("%s: %v", name, err)
			}
		case <-time.After(patience):
			t.Errorf("%s passes", name)
		}
	}
	// A callback of a facet has no parts.
	m, p, lost := mux(t)
	go m.Callback(t.Context(), 7)
	p.say(chunk((<-p.sent).Call, 1, false))
	if err := <-lost; !IsViolation(err) || !strings.Contains(err.Error(), "chunk") {
		t.Errorf("%v", err)
	}
}

// An answer that came and is not taken, because its parts are refused or too many,
// gives up what it refers to.
func TestRefusedPartsGiveUpReferences(t *testing.T) {
	errFull := errors.New("full")
	for _, p := range []Parts{
		{Limit: 100, Admit: func(context.Context) error { return errFull }},
		{Limit: 1, Admit: func(context.Context) error { return nil }},
	} {
		tbl := table()
		m, pipe, _ := accepting(t, withTable(tbl), nil)
		seen := make(chan struct{})
		admit := p.Admit
		p.Admit = func(ctx context.Context) error { <-seen; return admit(ctx) }
		done := make(chan error, 1)
		go func() {
			_, _, err := m.CallbackParts(t.Context(), 1, p)
			done <- err
		}()
		id := (<-pipe.sent).Call
		pipe.say(&facetv1.Frame{Call: id, Kind: &facetv1.Frame_Chunk{Chunk: &facetv1.Chunk{Data: []byte("abc")}}}, resultWith(id, export(1)))
		pipe.say(&facetv1.Frame{Kind: &facetv1.Frame_Log{Log: &facetv1.Log{}}}) // taken when the answer has been
		close(seen)
		if err := <-done; err == nil {
			t.Error("the parts are taken")
		}
		empty(t, tbl)
	}
}
