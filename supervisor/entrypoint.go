package supervisor

import (
	"context"
	"strconv"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/refs"
)

// entryNamespace is that of entrypoints among the host's objects; it is no
// namespace on disk.
const entryNamespace = ""

// maxProps bounds ctx.props, in bytes encoded; as fact L28 does env.
const maxProps = 1 << 20

// entrypoint returns a stub for an exported entrypoint. There is one instance for
// each worker, name and props; it hibernates like a facet. Whether there is such
// an export shows at the first call (fact L14).
func (w *Worker) entrypoint(name string, props []byte, caps []refs.Cap) *Stub {
	return w.limitedEntrypoint(name, props, caps, callLimits{})
}

// limitedEntrypoint is entrypoint with limits of its own; with others it is another
// instance.
func (w *Worker) limitedEntrypoint(name string, props []byte, caps []refs.Cap, limits callLimits) *Stub {
	if name == "" {
		name = "default"
	}
	if len(props) > maxProps {
		return &Stub{err: codeErrorf("the props of entrypoint %.40q have %d bytes, more than %d", name, len(props), maxProps)}
	}
	key := objectKey{entryNamespace, strconv.FormatUint(w.serial, 10) + "/" + digest(props, caps) + "/" + limits.key() + name}
	h := w.loader.host
	o := h.object(key, func() *Object {
		o := newObject(h, key, ID{id: w.label + "/" + bounded(name, 64)}, w.label+"/"+bounded(name, 64))
		o.entry = w
		return o
	})
	s := o.stub(func(context.Context) (StartupOptions, error) {
		return StartupOptions{Class: Class{worker: w, name: name, props: props, caps: caps, limits: limits}}, nil
	})
	s.again = func() *Stub { return w.limitedEntrypoint(name, props, caps, limits) }
	s.bytes = kept(props, caps)
	return s
}

// grants are what an instance of the worker's class may ask for at a place in a
// tree.
func (w *Worker) grants(n *node, class string, b *build) *facetv1.Grants {
	g := &facetv1.Grants{Facets: n.object.entry == nil, Depth: uint32(n.depth), Outbound: b.outbound != nil, Tails: b.tails != nil}
	p := w.project
	if p == nil {
		return g
	}
	for _, b := range p.config.Namespaces {
		g.Namespaces = append(g.Namespaces, &facetv1.NamespaceBinding{Name: b.Binding, Key: p.bindings[b.Binding].key})
	}
	for _, c := range p.config.Classes {
		g.Exports = append(g.Exports, &facetv1.NamespaceBinding{Name: c.Class, Key: p.classes[c.Class].key})
	}
	g.Loaders = p.config.Loaders
	if ns := p.classes[class]; ns != nil && n.parent == nil && n.object.entry == nil {
		g.Alarms = ns.alarms
	}
	return g
}
