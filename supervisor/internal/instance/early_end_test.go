package instance_test

import (
	"context"
	"io"
	"testing"
	"time"

	"go.uber.org/goleak"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/instance"
	"github.com/facetd/facetd/supervisor/internal/leak"
)

// A process that ends after its handshake and before go-plugin has connected
// leaves no connection behind that nobody closes.
func TestEndsBeforeConnect(t *testing.T) {
	others := goleak.IgnoreCurrent()
	defer func() {
		if err := leak.Find(others); err != nil {
			t.Error(err)
		}
	}()
	for range 8 { // go-plugin chooses at random whether it sees the end or the handshake
		endBeforeConnect(t)
	}
}

func endBeforeConnect(t *testing.T) {
	cfg := config(t, "serve")
	cfg.StartTimeout = patience
	launch := cfg.Launch
	cfg.Launch = func(ctx context.Context) (instance.Process, error) {
		p, err := launch(ctx)
		if err != nil {
			return nil, err
		}
		return &endsSealed{Process: p, greeted: make(chan struct{})}, nil
	}
	i, err := instance.Start(t.Context(), cfg)
	if err == nil { // the connection is not asked before it is used
		err = i.Assign(t.Context(), instance.Assignment{Facet: "f", Request: &facetv1.AssignRequest{}, Limits: limits})
		<-i.Done()
	}
	if v := verdictOf(err); v != fault.Crashed && v != fault.StartFailed {
		t.Errorf("verdict %v of %v", v, err)
	}
}

// endsSealed is dead before it counts as sealed.
type endsSealed struct {
	instance.Process
	greeted chan struct{}
}

func (p *endsSealed) Log() io.ReadCloser { return &greeting{p.Process.Log(), p.greeted} }

func (p *endsSealed) WaitSealed(ctx context.Context) error {
	<-p.greeted
	p.Kill()
	p.Wait()
	// Time for whoever reaps it to be done, or to wait for this start.
	for end := time.Now().Add(200 * time.Millisecond); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if p.Conn().SetDeadline(time.Time{}) != nil {
			break
		}
	}
	return ctx.Err()
}

// greeting says when something has been read.
type greeting struct {
	io.ReadCloser
	greeted chan struct{}
}

func (g *greeting) Read(b []byte) (int, error) {
	n, err := g.ReadCloser.Read(b)
	select {
	case <-g.greeted:
	default:
		close(g.greeted)
	}
	return n, err
}
