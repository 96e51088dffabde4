package supervisor

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"sync"
	"sync/atomic"

	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/tree"
)

// ID is what a facet sees as ctx.id. The zero ID means the parent's.
type ID struct {
	id, name       string
	hasName, plain bool
}

// PlainID is an id that the facet sees as a plain string (fact F35).
func PlainID(s string) ID { return ID{id: s, plain: true} }

// String returns the 64 hexadecimal digits, or the plain string.
func (id ID) String() string { return id.id }

// Name returns the name that the id was made of, and whether there is one.
func (id ID) Name() (string, bool) { return id.name, id.hasName }

// Object is a named instance in a namespace: the supervisor's side of a tree of
// facets. It has an id, a database of its own, and facets. All methods are safe
// for concurrent use.
type Object struct {
	host *Host
	key  objectKey
	id   ID
	// entry is the worker whose entrypoint this is; nil for what has data. It has
	// one instance, no facets, and nothing on disk.
	entry *Worker
	// nested counts the instances of facets that facets made.
	nested atomic.Int64

	// mu guards the tree of nodes, the fields of every node that say so, and the
	// order of operations. It is never held while something waits.
	mu   sync.Mutex
	root *node
	tail chan struct{} // closed when the last operation that was begun is over
}

func newObject(h *Host, key objectKey, id ID, path string) *Object {
	o := &Object{host: h, key: key, id: id, tail: make(chan struct{})}
	close(o.tail)
	o.root = &node{object: o, path: path, depth: 1}
	return o
}

// nameID is the id of a name, as the peer makes it: keyed by the namespace, so
// that equal names in two namespaces have nothing in common.
func nameID(key []byte, name string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(name))
	return hex.EncodeToString(mac.Sum(nil))
}

// ID returns the object's id; its String names the object's directory.
func (o *Object) ID() ID { return o.id }

// Namespace returns the namespace.
func (o *Object) Namespace() string { return o.key.namespace }

// Name returns the name.
func (o *Object) Name() string { return o.id.name }

// stub returns a stub for the object's own class.
func (o *Object) stub(callback Callback) *Stub {
	o.mu.Lock()
	defer o.mu.Unlock()
	return &Stub{inc: o.root.current(), callback: callback}
}

// Facets returns the object's facets.
func (o *Object) Facets() *Facets { return &Facets{parent: o.root} }

// DB returns the object's own database, which only the supervisor's code uses.
// Every call returns the same; the host closes it.
func (o *Object) DB(ctx context.Context) (*sql.DB, error) {
	h := o.host
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing != nil {
		return nil, h.closing
	}
	if d := h.dbs[o.key]; d != nil {
		return d.db, nil
	}
	handle, err := o.open()
	if err != nil {
		return nil, err
	}
	db, err := handle.OpenDB(ctx)
	if err != nil {
		_ = handle.Close() // the first error says more
		return nil, err
	}
	h.dbs[o.key] = &objectDB{db: db, handle: handle}
	return db, nil
}

// open opens the object's tree on disk. The caller closes it.
func (o *Object) open() (*tree.Object, error) {
	return o.host.store.Object(o.key.namespace, o.id.id)
}

// busy reports whether a call is under way or waits.
func (o *Object) busy() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	busy := false
	o.root.each(func(n *node) {
		if n.inc != nil {
			inside, waiting := n.inc.gate.Counts()
			busy = busy || inside+waiting > 0
		}
	})
	return busy
}

// shutdown ends every facet, cleanly as far as ctx allows.
func (o *Object) shutdown(ctx context.Context, v *fault.VerdictError) {
	o.mu.Lock()
	var stops []func()
	var fences []<-chan struct{}
	o.root.each(func(n *node) {
		if n.inc != nil {
			if i := n.inc.detach(v); i != nil {
				stops = append(stops, func() { i.Stop(ctx, v) })
			}
			n.inc = nil
		}
		fences = append(fences, n.fence)
	})
	o.mu.Unlock()
	var all sync.WaitGroup
	for _, stop := range stops {
		all.Go(stop)
	}
	all.Wait()
	for _, f := range fences {
		if f != nil {
			<-f
		}
	}
}
