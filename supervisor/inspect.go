package supervisor

import (
	"context"
	"fmt"
	"sort"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

// maxExports bounds what is believed of a worker's list of exports.
const maxExports = 1000

// Classes loads the worker, evaluates it in a sandboxed runner without a
// database, and returns the names of the exported classes that extend
// DurableObject, sorted. The errors are those of [Worker.Prepare], or a
// *[RemoteError] when the module itself throws.
func (w *Worker) Classes(ctx context.Context) ([]string, error) {
	exports, err := w.exports(ctx)
	if err != nil {
		return nil, err
	}
	return durableObjects(exports), nil
}

// exports lists what the worker exports, as a process says that may be hostile.
func (w *Worker) exports(ctx context.Context) ([]*facetv1.Export, error) {
	b, err := w.build(ctx)
	if err != nil {
		return nil, err
	}
	h := w.loader.host
	if err := h.begin(); err != nil {
		return nil, err
	}
	defer h.work.Done()
	ctx, cancel := context.WithTimeout(ctx, 2*h.cfg.StartTimeout)
	defer cancel()
	defer context.AfterFunc(h.ctx, cancel)()
	i, err := h.pool.Take(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := i.Inspect(ctx, &facetv1.InspectRequest{
		Script: b.script, SourceMap: b.sourceMap,
		CompatibilityDate: b.date, CompatibilityFlags: b.flags, Env: b.env,
		CpuMs: uint32(b.limits.CPU.Milliseconds()),
	})
	if err != nil {
		return nil, err
	}
	if f := answer.GetFailure(); f != nil {
		return nil, wire.FailureError(f)
	}
	if n := len(answer.GetExports()); n > maxExports {
		return nil, fmt.Errorf("the worker exports %d names; at most %d are allowed", n, maxExports)
	}
	return answer.GetExports(), nil
}

// durableObjects picks the classes out of a list.
func durableObjects(exports []*facetv1.Export) []string {
	var names []string
	for _, e := range exports {
		if e.GetKind() == facetv1.Export_KIND_DURABLE_OBJECT {
			names = append(names, bounded(e.GetName(), 256))
		}
	}
	sort.Strings(names)
	return names
}
