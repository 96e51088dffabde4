package supervisor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/instance"
	"github.com/facetd/facetd/supervisor/internal/tree"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

// Callback says how to start a facet. It is called when a call finds no running
// instance and no remembered class, once for all calls that wait (fact F6). An
// error is what those calls return (fact F40); the next call asks again. ctx ends
// after Config.StartTimeout, or when the facet is aborted meanwhile.
type Callback func(ctx context.Context) (StartupOptions, error)

// StartupOptions are what a Callback returns.
type StartupOptions struct {
	// Class is what the facet runs; required. See Worker.Class.
	Class Class
	// ID is what the facet sees as ctx.id; the zero ID means its parent's. It
	// does not select the data: parent and name do (fact F38).
	ID ID
}

// startup is what a callback said, checked and built.
type startup struct {
	options StartupOptions
	build   *build
}

// limits are those of the build, and of the class.
func (s *startup) limits() Limits { return s.options.Class.limits.within(s.build.limits) }

// start is one attempt to bring an instance up.
type start struct {
	inc      *incarnation
	callback Callback
	ctx      context.Context
	cancel   context.CancelCauseFunc
	after    <-chan struct{} // operations that come before
	fence    <-chan struct{} // the process that was before
	release  func()          // gives its place back; may be called twice
	done     chan struct{}
	err      error   // set before done is closed
	who      *caller // set by assign
}

func (s *start) run() {
	inc := s.inc
	h := inc.node.object.host
	defer h.work.Done()
	err := s.bringUp()
	if err != nil && s.ctx.Err() != nil {
		if v := new(fault.VerdictError); errors.As(context.Cause(s.ctx), &v) {
			err = v // aborted while it started
		}
	}
	if v := new(fault.VerdictError); errors.As(err, &v) && v.Facet == "" {
		named := *v
		named.Facet = inc.node.path
		err = &named
	}
	if err != nil {
		s.release()
	}
	s.cancel(nil)
	inc.mu.Lock()
	inc.starting = nil
	s.err = err
	inc.mu.Unlock()
	close(s.done)
}

func (s *start) bringUp() error {
	inc := s.inc
	h := inc.node.object.host
	if err := s.wait(s.after); err != nil {
		return err
	}
	if s.fence != nil {
		if err := s.wait(s.fence); err != nil {
			return err
		}
	}
	class, err := s.startup()
	if err != nil {
		return err
	}
	limits := class.limits()
	var i *instance.Instance
	if limits.sandbox() == h.cfg.Limits.sandbox() {
		i, err = h.pool.Take(s.ctx)
	} else {
		i, err = h.startRunner(h.role(), limits)(s.ctx)
	}
	if err != nil {
		s.failed(err)
		return err
	}
	if err = s.assign(i, class); err == nil {
		err = inc.adopt(i, s.who.table, limits)
	}
	if err != nil {
		i.Kill(fault.New(fault.StartFailed, "%w", err))
		select { // so that a host that closes has waited for it
		case <-i.Done():
		case <-time.After(h.cfg.StopTimeout):
		}
	}
	return err
}

// failed counts a runner that did not start towards the back-off.
func (s *start) failed(err error) {
	var v *fault.VerdictError
	if s.ctx.Err() == nil && errors.As(err, &v) {
		o := s.inc.node.object
		o.mu.Lock()
		defer o.mu.Unlock()
		s.inc.node.last, s.inc.node.lastAt = v, time.Now()
		s.inc.node.crash.failed(time.Now(), v)
	}
}

func (s *start) wait(c <-chan struct{}) error {
	select {
	case <-c:
		return nil
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	}
}

// startup returns the remembered class, or asks for one and builds its code.
func (s *start) startup() (*startup, error) {
	inc := s.inc
	h := inc.node.object.host
	inc.mu.Lock()
	known := inc.class
	if known != nil && time.Since(inc.since) > classMemory && !inc.sockets.parked() {
		known, inc.class = nil, nil
	}
	inc.mu.Unlock()
	if known != nil {
		return known, nil
	}
	ctx, stop := context.WithTimeoutCause(s.ctx, h.cfg.StartTimeout,
		callbackLate(h.cfg.StartTimeout))
	defer stop()
	options, err := s.ask(ctx)
	if err != nil {
		return nil, err
	}
	if options.Class.worker == nil {
		return nil, ErrNoClass
	}
	if options.Class.err != nil {
		return nil, options.Class.err
	}
	b, err := options.Class.worker.build(ctx)
	if err != nil {
		return nil, err
	}
	class := &startup{options: options, build: b}
	inc.mu.Lock()
	inc.class = class
	inc.since = time.Now()
	inc.mu.Unlock()
	return class, nil
}

// ask calls the callback. It may hang or panic; neither hurts anybody else.
func (s *start) ask(ctx context.Context) (StartupOptions, error) {
	if s.callback == nil {
		return StartupOptions{}, ErrNoCallback
	}
	type answer struct {
		options StartupOptions
		err     error
	}
	got := make(chan answer, 1)
	go func() {
		var a answer
		defer func() {
			if p := recover(); p != nil {
				s.inc.node.object.host.cfg.Logger.Error("a start callback panicked", "facet", s.inc.node.path,
					"panic", fmt.Sprint(p), "stack", string(debug.Stack()))
				a.err = fault.New(fault.StartFailed, "the start callback panicked: %v", p)
			}
			got <- a
		}()
		a.options, a.err = s.callback(ctx)
	}()
	select {
	case a := <-got:
		return a.options, a.err
	case <-ctx.Done():
		return StartupOptions{}, context.Cause(ctx)
	}
}

// assign hands facet and files to a waiting process.
func (s *start) assign(i *instance.Instance, class *startup) (err error) {
	inc := s.inc
	o := inc.node.object
	if err := s.claim(i); err != nil {
		return err
	}
	number, files, err := s.openFiles()
	if err != nil {
		return err
	}
	// The process has descriptors of its own; ours would outlive it and keep
	// the files locked.
	defer files.Close()
	id := class.options.ID
	o.mu.Lock()
	if id == (ID{}) {
		id = inc.node.inheritedID()
	}
	inc.node.number, inc.node.id = number, id
	o.mu.Unlock()
	limits := class.limits()
	worker := class.options.Class.worker
	who := newCaller(inc, i, worker, class.build, limits)
	env, err := who.table.Send(class.build.envCaps)
	if err != nil {
		return err
	}
	props, err := who.table.Send(class.options.Class.caps)
	if err != nil {
		return err
	}
	s.who = who
	grants := worker.grants(inc.node, class.options.Class.name, class.build)
	watch, err := s.watchAlarm(i, id, grants.Alarms)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			watch.end()
			o.host.buffers.remove(i)
		}
	}()
	o.host.buffers.add(i) // until it has ended
	return i.Assign(s.ctx, instance.Assignment{
		Facet: inc.node.path,
		Request: &facetv1.AssignRequest{
			Id:        &facetv1.FacetId{Id: id.id, Name: id.name, HasName: id.hasName, Plain: id.plain},
			ClassName: class.options.Class.name, Script: class.build.script, SourceMap: class.build.sourceMap,
			CompatibilityDate: class.build.date, CompatibilityFlags: class.build.flags,
			Props: class.options.Class.props, Env: class.build.env,
			Limits: &facetv1.InstanceLimits{
				CpuMs: uint32(limits.CPU.Milliseconds()), DatabasePages: limits.databasePages(),
				SqliteHeapBytes:  uint64(limits.SQLiteHeapBytes),
				RequestBodyBytes: uint64(limits.RequestBytes), ResponseBodyBytes: uint64(limits.ResponseBytes),
				SubRequests: limits.wireSubRequests(), OpenCalls: uint32(class.build.openCalls),
			},
			Role: inc.node.role(), Grants: grants,
			EnvRefs: env.Refs, PropsRefs: props.Refs,
		},
		Files:         files.list(),
		FileSizeLimit: limits.fileSizeLimit(),
		Accept:        who.accept,
		NewSocket:     func(near *wire.Socket) wire.SocketOwner { return inc.newSocket(near, s.callback, limits) },
		Auto:          inc.sockets.autoResponse,
		Resume:        inc.sockets.resume,
		Asked:         who.budget.asked,
		Refs:          who.table,
		Refusal:       who.failure,
		Limits:        limits.instance(),
		Log:           o.host.facetLog(inc.node.path),
		Alarm:         watch.set,
		Trace:         class.build.tails.taker(),
		Ended: func(v *fault.VerdictError) {
			o.host.buffers.remove(i)
			watch.end()
			class.build.tails.ended(v)
			inc.ended(i, v)
			who.table.End(v)
			who.ended()
			s.release()
		},
	})
}

// claim puts up the fence for the facet's next process, unless the incarnation has
// died.
func (s *start) claim(i *instance.Instance) error {
	o := s.inc.node.object
	o.mu.Lock()
	defer o.mu.Unlock()
	s.inc.mu.Lock()
	defer s.inc.mu.Unlock()
	if s.inc.dead != nil {
		return s.inc.dead
	}
	s.inc.node.fence = i.Done()
	return nil
}

// files are an instance's database; nil for an entrypoint, which has none.
type files struct{ *tree.Files }

func (f files) list() []*os.File {
	if f.Files == nil {
		return nil
	}
	return []*os.File{f.DB, f.WAL}
}

func (f files) Close() {
	if f.Files != nil {
		_ = f.Files.Close() // nothing was written through these
	}
}

// openFiles finds the facet's number and opens its files, making what is missing.
func (s *start) openFiles() (tree.Number, files, error) {
	n := s.inc.node
	if n.object.entry != nil {
		return 0, files{}, nil
	}
	handle, err := n.object.open()
	if err != nil {
		return 0, files{}, err
	}
	defer handle.Close()
	number, err := n.find(handle)
	if err != nil {
		return 0, files{}, err
	}
	f, err := handle.OpenFiles(number)
	return number, files{f}, err
}
