package instance

import (
	"context"
	"os"
	"sync"
	"time"

	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/plugin-proto/quiet"
	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/refs"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

// State is a stage in the life of an instance.
type State uint8

// The stages, in order. Ended may follow any of them.
const (
	Waiting State = iota
	Assigning
	Running
	Stopping
	Ended
)

// String returns the stage in lower case.
func (s State) String() string {
	switch s {
	case Waiting:
		return "waiting"
	case Assigning:
		return "assigning"
	case Running:
		return "running"
	case Stopping:
		return "stopping"
	}
	return "ended"
}

// Config is what every instance of a host has in common.
type Config struct {
	Launch Launch
	// TempDir takes go-plugin's temporary directories; empty means the system's.
	TempDir string
	// StartTimeout bounds the time to the handshake line and each control call
	// up to Running; 0 means 10 s.
	StartTimeout time.Duration
	// StopTimeout bounds a clean stop; 0 means 5 s.
	StopTimeout time.Duration
	// LogBytesPerSecond and LogBurst bound what is read of the child's output;
	// 0 means 65536 and 262144.
	LogBytesPerSecond int
	LogBurst          int
	// Stray takes output of a process that has no facet yet; may be nil.
	Stray func(pid int, text string)
}

func (c *Config) defaults() {
	if c.StartTimeout == 0 {
		c.StartTimeout = 10 * time.Second
	}
	if c.StopTimeout == 0 {
		c.StopTimeout = 5 * time.Second
	}
	if c.LogBytesPerSecond == 0 {
		c.LogBytesPerSecond = 64 << 10
	}
	if c.LogBurst == 0 {
		c.LogBurst = 256 << 10
	}
}

// Instance is one runner process from its start to its end. Safe for concurrent
// use.
type Instance struct {
	cfg    Config
	proc   Process
	conn   *countedConn
	plugin *plugin.Client // connect makes it, reap ends it
	client facetv1.FacetClient
	output *output
	ctx    context.Context // ends with the process
	cancel context.CancelFunc

	connected chan struct{} // connect is over, well or not
	exited    chan struct{} // the process has ended
	done      chan struct{} // and everything of it is gone

	mu      sync.Mutex
	serving bool // the handshake has been exchanged
	state   State
	facet   string
	verdict *fault.VerdictError
	mux     *wire.Mux
	watch   *watch
	ended   func(*fault.VerdictError)
	log     *logGate
	alarm   int64 // see LastAlarm; -1 before a clean end
	started time.Time
}

// Start starts a process and waits until it serves. The instance it returns is
// Waiting; it holds no descriptor of any facet. The error is a
// *fault.VerdictError.
func Start(ctx context.Context, cfg Config) (*Instance, error) {
	cfg.defaults()
	ctx, stop := context.WithTimeout(ctx, cfg.StartTimeout)
	defer stop()
	proc, err := cfg.Launch(ctx)
	if err != nil {
		return nil, &fault.VerdictError{Verdict: fault.StartFailed, Reason: err}
	}
	i := &Instance{
		cfg: cfg, proc: proc, started: time.Now(), alarm: -1,
		connected: make(chan struct{}), exited: make(chan struct{}), done: make(chan struct{}),
	}
	i.conn = newCountedConn(quiet.Link(proc.Conn()), i.flooded)
	i.ctx, i.cancel = context.WithCancel(context.Background())
	i.output = readOutput(i.ctx, proc.Log(), cfg.LogBytesPerSecond, cfg.LogBurst)
	if cfg.Stray != nil {
		i.output.deliver(func(text string) { cfg.Stray(proc.Pid(), text) })
	}
	go i.reap()
	err = i.connect(ctx)
	close(i.connected)
	if err != nil {
		i.Kill(asVerdict(err, fault.StartFailed))
		<-i.done
		return nil, i.Verdict()
	}
	return i, nil
}

// connect waits for the seal and the handshake, then builds the client.
func (i *Instance) connect(ctx context.Context) error {
	if err := i.proc.WaitSealed(ctx); err != nil {
		select {
		case <-i.exited: // the exit says more
			return fault.New(fault.StartFailed, "%v; %s", err, i.proc.Wait())
		default:
			return err
		}
	}
	select {
	case err := <-i.output.handshake:
		if err != nil {
			return err
		}
	case <-ctx.Done():
		return i.timeout("say that it serves")
	}
	i.plugin = newClient(i.proc, i.conn, i.cfg.TempDir, i.cfg.StartTimeout)
	protocol, err := i.plugin.Client()
	if err != nil {
		return err
	}
	client, err := protocol.Dispense(pluginName)
	if err != nil {
		return err
	}
	i.client = client.(facetv1.FacetClient)
	i.mu.Lock()
	i.serving = true
	i.mu.Unlock()
	return nil
}

func (i *Instance) timeout(what string) error {
	return fault.New(fault.StartFailed, "the runner did not %s within %v", what, i.cfg.StartTimeout)
}

// Assignment makes a waiting instance that of a facet.
type Assignment struct {
	// Facet is the path that errors and logs name.
	Facet   string
	Request *facetv1.AssignRequest
	// Files are the database and its WAL; none for an entrypoint. They stay the
	// caller's.
	Files []*os.File
	// Accept takes the calls that the instance opens, from its constructor on;
	// nil means that it may open none. See wire.Accept.
	Accept wire.Accept
	// NewSocket and Auto are about WebSockets; see wire.Config. Resume gives the
	// instance those of an earlier one, before it is assigned; may be nil.
	NewSocket func(*wire.Socket) wire.SocketOwner
	Auto      func(*facetv1.WsAuto) error
	Resume    func(*wire.Mux, *facetv1.AssignRequest) error
	// Asked is told of each call that the instance is to answer; see wire.Config.
	Asked func()
	// Refs is the instance's table of references; nil means that it has none. See
	// wire.Config for Refusal.
	Refs    *refs.Table
	Refusal func(error) *facetv1.Failure
	// Alarm takes what the instance says of its object's alarm; see wire.Config.
	Alarm func(ms int64)
	// Trace takes what the instance says of its calls, within the rate of its log;
	// see wire.Config.
	Trace func(json []byte)
	// FileSizeLimit is the kernel's limit for them in bytes; 0 leaves what the
	// process was started with.
	FileSizeLimit uint64
	Limits        Limits
	// Log takes console lines (level 0 to 4) and, with level -1, lines of the
	// process's output; may be nil. It must not block.
	Log func(level int, text string, dropped int)
	// Ended is told the verdict, once, before anything else can see it; may be
	// nil. The process may still be alive; see Done. It must not block for long.
	Ended func(*fault.VerdictError)
}

// Limits bound what one instance may do. See package supervisor for what the
// numbers mean; here every field must be set.
type Limits struct {
	CPU           time.Duration
	Wall          time.Duration
	HeaderBytes   int
	HeaderEntries int
	ResponseBytes int64
	MessageBytes  int // of a WebSocket
	LogBytes      int // per second
	LogBurst      int
}

// Assign hands the facet over and returns when its constructor has run. An error
// ends the instance: a *fault.RemoteError where the application failed, else a
// *fault.VerdictError.
func (i *Instance) Assign(ctx context.Context, a Assignment) error {
	if err := i.advance(Waiting, Assigning, a.Facet); err != nil {
		return err
	}
	i.mu.Lock()
	i.ended = a.Ended
	i.mu.Unlock()
	err := i.assign(ctx, a)
	if err == nil {
		err = i.advance(Assigning, Running, a.Facet)
	}
	if err != nil {
		i.Kill(asVerdict(err, fault.StartFailed))
		return i.Verdict()
	}
	return nil
}

func (i *Instance) assign(ctx context.Context, a Assignment) error {
	ctx, stop := context.WithTimeoutCause(ctx, i.cfg.StartTimeout, i.timeout("construct the class"))
	defer stop()
	defer context.AfterFunc(i.ctx, stop)()
	log := newLogGate(a.Facet, a.Log, a.Limits.LogBytes, a.Limits.LogBurst)
	i.mu.Lock()
	i.log = log
	i.mu.Unlock()
	i.output.deliver(func(text string) { log.output(text) })
	if a.FileSizeLimit > 0 {
		if err := i.proc.SetFileSizeLimit(a.FileSizeLimit); err != nil {
			return err
		}
	}
	if len(a.Files) > 0 {
		if err := i.proc.SendFiles(ctx, a.Files...); err != nil {
			return i.endedOr(err)
		}
	}
	// The channel comes first: the constructor may call others.
	if err := i.openChannel(ctx, a, log); err != nil {
		return err
	}
	if a.Resume != nil {
		if err := a.Resume(i.Mux(), a.Request); err != nil {
			return err
		}
	}
	answer, err := i.client.Assign(ctx, a.Request)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil && i.ctx.Err() == nil {
			return cause
		}
		if status.Code(err) == codes.DeadlineExceeded { // the runner's clock was first
			return i.timeout("construct the class")
		}
		return i.endedOr(err)
	}
	if answer.Failure != nil {
		return wire.FailureError(answer.Failure)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.verdict != nil { // ended meanwhile
		return i.verdict
	}
	i.watch = newWatch(i, i.mux, a.Limits)
	return nil
}

// openChannel begins to carry calls. ctx bounds the opening only.
func (i *Instance) openChannel(ctx context.Context, a Assignment, log *logGate) error {
	life, end := context.WithCancel(i.ctx)
	opened := context.AfterFunc(ctx, end)
	stream, err := i.client.Channel(life)
	if err != nil || !opened() {
		end()
		cause := context.Cause(ctx)
		if cause != nil && i.ctx.Err() == nil {
			return cause
		}
		if err == nil {
			err = cause
		}
		return i.endedOr(err)
	}
	pace := newPace()
	mux := wire.New(stream, wire.Config{
		HeaderBytes: a.Limits.HeaderBytes, HeaderEntries: a.Limits.HeaderEntries,
		ResponseBytes: a.Limits.ResponseBytes,
		Accept:        a.Accept, IncomingTime: a.Limits.Wall, Incoming: int(a.Request.GetLimits().GetOpenCalls()),
		NewSocket: a.NewSocket, SocketBytes: a.Limits.MessageBytes, Auto: pace.auto(a.Auto),
		Refs: a.Refs, Refusal: a.Refusal,
		Alarm:  pace.alarm(a.Alarm),
		Opened: i.opened, Asked: a.Asked,
		Trace:  a.traces(),
		Log:    log.console,
		Broken: i.broken,
		Lost:   i.lost,
	})
	i.mu.Lock()
	i.mux = mux
	verdict := i.verdict
	i.mu.Unlock()
	if verdict != nil { // ended meanwhile, without seeing the mux
		mux.End(verdict)
		return verdict
	}
	return nil
}

// advance moves from one state to the next, or says why it can't.
func (i *Instance) advance(from, to State, facet string) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch {
	case i.verdict != nil:
		return i.verdict
	case i.state != from:
		return fault.New(fault.StartFailed, "the runner is %v, not %v", i.state, from)
	}
	i.state = to
	i.facet = facet
	return nil
}

// Mux returns the calls of an instance; nil before it is assigned.
func (i *Instance) Mux() *wire.Mux {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.mux
}

// opened tells the watcher that a call was opened. While the constructor runs
// there is none: the time for a start bounds that, callbacks included.
func (i *Instance) opened() {
	i.mu.Lock()
	w := i.watch
	i.mu.Unlock()
	if w != nil {
		w.begin()
	}
}

// Note adds a line to the facet's log in its name, within its rate: what the
// supervisor has to tell whoever reads that log.
func (i *Instance) Note(level int, text string) {
	i.mu.Lock()
	log := i.log
	i.mu.Unlock()
	if log != nil {
		log.pass(level, text, 0)
	}
}

// State returns the stage.
func (i *Instance) State() State {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.state
}

// Started returns when the process was started.
func (i *Instance) Started() time.Time { return i.started }

// Process returns the process, for its figures.
func (i *Instance) Process() Process { return i.proc }
