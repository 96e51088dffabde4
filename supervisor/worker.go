package supervisor

import (
	"container/list"
	"context"
	"sync/atomic"

	"github.com/facetd/facetd/supervisor/internal/refs"
)

// Worker is loaded code, or code that will be loaded when it is first needed.
// Safe for concurrent use.
type Worker struct {
	loader   *Loader
	callback func(context.Context) (WorkerCode, error) // changed by flight.unless only
	flight   flight
	entry    *list.Element // in the loader's order; nil without an id
	label    string        // for paths in errors and logs
	serial   uint64        // tells its entrypoints from those of others
	// project is whose own worker this is; nil for loaded code, which reaches
	// nothing but what it is given.
	project *Project
	running atomic.Int64 // instances of its entrypoints
	// anonymous is set for a worker without an id that JavaScript loads.
	anonymous bool
	// tree tells on whose behalf it is built: the key of the object whose tree asked
	// first, nil for code in the supervisor. It does not keep the object in memory.
	tree any
}

var workerSerial atomic.Uint64

func newWorker(l *Loader, label string, callback func(context.Context) (WorkerCode, error)) *Worker {
	return &Worker{loader: l, label: label, callback: callback, serial: workerSerial.Add(1)}
}

// Class is a class that a worker exports: what a facet runs.
type Class struct {
	worker *Worker
	name   string
	props  []byte
	caps   []refs.Cap // what props refer to: durable ones
	limits callLimits
	err    error
	// identity is that of a class which a runner made; see the function. Such a one
	// may stand in the props of others, and theirs, and is not walked each time.
	identity string
}

// ClassOption specialises a class.
type ClassOption func(*Class)

// WithProps sets ctx.props, a structured-clone value (fact F39); a *Stub or a Class
// in it is passed by reference (fact F87).
func WithProps(props any) ClassOption {
	return func(c *Class) {
		c.props, c.caps, c.err = marshalRefs(props)
	}
}

// Class returns the exported class of a name; "" and "default" mean the default
// export. Whether there is one shows when a facet starts (fact F44).
func (w *Worker) Class(name string, options ...ClassOption) Class {
	if name == "" {
		name = "default"
	}
	c := Class{worker: w, name: name}
	for _, o := range options {
		o(&c)
	}
	return c
}

// Name returns the name of the class.
func (c Class) Name() string { return c.name }

// Prepare loads and bundles the worker now instead of at the first start of a
// facet, and returns what is wrong with the code: a *CodeError, a *BuildError,
// or what the callback returned.
func (w *Worker) Prepare(ctx context.Context) error {
	_, err := w.build(ctx)
	return err
}

// build returns the worker's program, building it once for all who ask at the
// same time. A failure is not remembered (unlike fact L9).
func (w *Worker) build(ctx context.Context) (*build, error) {
	return w.flight.do(ctx, func(ctx context.Context) (*build, error) {
		code, err := w.callback(ctx)
		if err != nil {
			return nil, err
		}
		if code.release != nil {
			defer code.release()
		}
		b, err := w.loader.bundle(ctx, &code, w.tree)
		if err == nil {
			w.loader.built(w, b)
		}
		return b, err
	})
}
