package supervisor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

// maxExports bounds what is believed of a worker's list of exports.
const maxExports = 1000

// ExportKind says what an export is good for.
type ExportKind int

// Kinds of exports.
const (
	OtherExport         ExportKind = iota
	DurableObjectExport            // a class that extends DurableObject
	EntrypointExport               // an object with handlers, or a class that extends WorkerEntrypoint
)

// Export is a name that a worker exports; "default" is the default export.
type Export struct {
	Name string
	Kind ExportKind
	// Alarm: a class with an alarm() handler.
	Alarm bool
}

// Classes returns the names of the exported classes that extend DurableObject,
// sorted. The errors are those of [Worker.Exports].
func (w *Worker) Classes(ctx context.Context) ([]string, error) {
	exports, err := w.Exports(ctx)
	var names []string
	for _, e := range exports {
		if e.Kind == DurableObjectExport {
			names = append(names, e.Name)
		}
	}
	return names, err
}

// Exports loads the worker, evaluates it in a sandboxed runner without a
// database, and returns what it exports, sorted by name. The errors are those of
// [Worker.Prepare], or a *[RemoteError] when the module itself throws.
func (w *Worker) Exports(ctx context.Context) ([]Export, error) {
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
	return checkExports(answer.GetExports())
}

// checkExports bounds a list that a hostile process may have written.
func checkExports(exports []*facetv1.Export) ([]Export, error) {
	if len(exports) > maxExports {
		return nil, fmt.Errorf("the worker exports %d names; at most %d are allowed", len(exports), maxExports)
	}
	list := make([]Export, 0, len(exports))
	for _, e := range exports {
		kind := OtherExport
		switch e.GetKind() {
		case facetv1.Export_KIND_DURABLE_OBJECT:
			kind = DurableObjectExport
		case facetv1.Export_KIND_ENTRYPOINT:
			kind = EntrypointExport
		}
		list = append(list, Export{bounded(e.GetName(), 256), kind, kind == DurableObjectExport && e.GetAlarm()})
	}
	slices.SortFunc(list, func(a, b Export) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}
