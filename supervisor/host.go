package supervisor

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"
	"weak"

	"github.com/facetd/facetd/sandbox"
	"github.com/facetd/facetd/supervisor/internal/alarm"
	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/gateway"
	"github.com/facetd/facetd/supervisor/internal/instance"
	"github.com/facetd/facetd/supervisor/internal/pool"
	"github.com/facetd/facetd/supervisor/internal/tree"
)

// Host holds a data directory and the processes of the facets in it. All methods
// are safe for concurrent use.
type Host struct {
	cfg      Config
	store    *tree.Store
	launcher *sandbox.Launcher
	runners  *runners
	pool     *pool.Pool
	loader   *Loader
	clock    *alarm.Clock
	temp     string
	decoding chan struct{}   // callers' answers that are being decoded
	ctx      context.Context // ends when the host closes
	cancel   context.CancelFunc

	mu      sync.Mutex
	closing *fault.VerdictError
	objects map[objectKey]weak.Pointer[Object]
	dbs     map[objectKey]*objectDB
	dirs    map[string]string // the project whose objects a namespace on disk has
	clients clients
	sockets *socketPlaces
	buffers *buffers
	closed  sync.Once
	work    sync.WaitGroup // starts, stops and operations
}

type objectKey struct{ namespace, id string }

type objectDB struct {
	db     *sql.DB
	handle *tree.Object
}

// Open opens a host. It fails closed: where the machine lacks a feature that the
// sandbox needs, the error is a *sandbox.MissingFeatureError that names it, what
// it protects against, and the setting that accepts the risk. ctx bounds the
// opening only.
func Open(ctx context.Context, cfg Config) (*Host, error) {
	if err := cfg.defaults(); err != nil {
		return nil, err
	}
	h := &Host{cfg: cfg, objects: make(map[objectKey]weak.Pointer[Object]), dbs: make(map[objectKey]*objectDB),
		dirs: make(map[string]string), sockets: newSocketPlaces(cfg.Sockets), buffers: newBuffers(cfg.Buffers),
		decoding: make(chan struct{}, 2)}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	if err := h.open(ctx); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

func (h *Host) open(ctx context.Context) (err error) {
	if h.store, err = tree.Open(h.cfg.Dir, tree.Options{}); err != nil {
		return fmt.Errorf("open the data directory: %w", err)
	}
	if h.cfg.launch == nil {
		if err = h.openSandbox(); err != nil {
			return err
		}
	}
	if err = h.openTemp(); err != nil {
		return err
	}
	cache, err := openCache(filepath.Join(h.cfg.Dir, "cache"), h.cfg.CacheBytes)
	if err != nil {
		return err
	}
	h.loader = newLoader(h, cache)
	h.work.Go(func() { h.buffers.run(h.ctx) })
	if err = h.openClock(); err != nil {
		return err
	}
	h.pool = pool.New(h.cfg.Pool, h.startRunner(h.role(), h.cfg.Limits), func(err error) {
		h.cfg.Logger.Error("cannot start a waiting runner", "error", err)
	})
	return ctx.Err()
}

// openTemp makes the directory in which go-plugin makes one for each process; it
// needs none and removes it. It is in the data directory, which is this host's
// alone, so that what a killed host left there can be removed.
func (h *Host) openTemp() error {
	temp := filepath.Join(h.cfg.Dir, "tmp")
	if err := os.RemoveAll(temp); err != nil {
		return fmt.Errorf("clear the temporary directory: %w", err)
	}
	if err := os.Mkdir(temp, 0o700); err != nil {
		return fmt.Errorf("make the temporary directory: %w", err)
	}
	h.temp = temp
	return nil
}

func (h *Host) openSandbox() (err error) {
	h.launcher, err = sandbox.New(sandbox.Config{
		CgroupParent: h.cfg.CgroupParent, IDs: h.cfg.IDs, Accept: h.cfg.Accept, StartTimeout: h.cfg.StartTimeout,
		DataDir: h.cfg.Dir,
	})
	if err != nil {
		return err
	}
	if host := h.launcher.Host(); h.cfg.Limits.DiskBytesPerSecond > 0 && host.Disk == "" {
		h.cfg.Logger.Warn("what facets write to disk per second is not limited on this host", "reason", orNoCgroup(host.DiskError))
	}
	if h.runners, err = openRunners(h.launcher, h.cfg.RunnerPath); err != nil {
		return fmt.Errorf("open the runner: %w", err)
	}
	h.cfg.launch = h.runners.launch
	return nil
}

// orNoCgroup is a reason; without cgroups none is given.
func orNoCgroup(reason string) string {
	if reason == "" {
		return "it has no usable cgroups"
	}
	return reason
}

func (h *Host) role() string {
	if h.cfg.JIT {
		return roleJIT
	}
	return roleHardened
}

// startRunner returns what starts a waiting runner.
func (h *Host) startRunner(role string, limits Limits) pool.Start {
	cfg := instance.Config{
		Launch: h.cfg.launch(role, limits), TempDir: h.temp,
		StartTimeout: h.cfg.StartTimeout, StopTimeout: h.cfg.StopTimeout,
		LogBytesPerSecond: limits.LogBytesPerSecond, LogBurst: limits.LogBurst,
		Stray: func(pid int, text string) { h.cfg.Logger.Warn("output of a waiting runner", "pid", pid, "text", text) },
	}
	return func(ctx context.Context) (*instance.Instance, error) { return instance.Start(ctx, cfg) }
}

// Loader returns the host's worker loader.
func (h *Host) Loader() *Loader { return h.loader }

// Object returns the object of a name in a namespace. Nothing is made on disk
// before it is used. Every call for the same name returns an equal object.
func (h *Host) Object(namespace, name string) *Object {
	id := ID{id: nameID([]byte(namespace), name), name: name, hasName: true}
	key := objectKey{namespace, id.id}
	return h.object(key, func() *Object { return newObject(h, key, id, namespace+"/"+name) })
}

// object returns the object of a key, which is made where it is not in memory.
func (h *Host) object(key objectKey, make func() *Object) *Object {
	h.mu.Lock()
	defer h.mu.Unlock()
	if o := h.objects[key].Value(); o != nil {
		return o
	}
	o := make()
	p := weak.Make(o)
	h.objects[key] = p
	// The map must not grow with every name ever asked for. An object that has
	// instances, stubs or a recent failure is reachable from those.
	runtime.AddCleanup(o, h.forget, key)
	return o
}

// forget drops the entry of a collected object, unless a new one took its place.
func (h *Host) forget(key objectKey) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.objects[key].Value() == nil {
		delete(h.objects, key)
	}
}

// keep keeps an object in memory for a while, for what it remembers.
func (h *Host) keep(o *Object, d time.Duration) {
	time.AfterFunc(d, func() { runtime.KeepAlive(o) })
}

// live returns the objects that are in memory.
func (h *Host) live() []*Object {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []*Object
	for _, p := range h.objects {
		if o := p.Value(); o != nil {
			out = append(out, o)
		}
	}
	return out
}

// begin registers work that Close waits for; it fails when the host closes.
func (h *Host) begin() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing != nil {
		return h.closing
	}
	h.work.Add(1)
	return nil
}

func (h *Host) gatewayOptions(inc *incarnation, l Limits) *gateway.Options {
	facet := inc.node.path
	return &gateway.Options{
		TrustForwarded: h.cfg.TrustForwarded, AllowSiteHeaders: h.cfg.AllowSiteHeaders,
		HeaderBytes: l.HeaderBytes, HeaderEntries: l.HeaderEntries, RequestBytes: l.RequestBytes,
		MessageBytes: l.MessageBytes, Owner: inc.node.object.key, Track: h.clients.track,
		Failed: func(r *http.Request, status int, err error) {
			inc.uncaught(err)
			h.cfg.Logger.LogAttrs(r.Context(), slog.LevelDebug, "a request was not answered by its facet",
				slog.String("facet", facet), slog.Int("status", status), slog.String("error", err.Error()))
		},
	}
}

// ObjectRef names an object on disk.
type ObjectRef struct{ Namespace, ID string }

// Objects lists the objects that are on disk, sorted. Their names are not kept,
// only the ids that were made of them.
func (h *Host) Objects() ([]ObjectRef, error) {
	refs, err := h.store.Objects()
	if err != nil {
		return nil, err
	}
	out := make([]ObjectRef, len(refs))
	for i, r := range refs {
		out[i] = ObjectRef(r)
	}
	return out, nil
}
