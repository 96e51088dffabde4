package instance

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

// lostGrace is how long a process may live after its connection broke, before it
// counts as having broken it.
const lostGrace = time.Second

// Kill ends the instance with a verdict: every call under way fails with it at
// once, and the process is killed. Only the first verdict counts. It does not
// wait; see Done.
func (i *Instance) Kill(v *fault.VerdictError) {
	i.mu.Lock()
	if i.verdict != nil {
		i.mu.Unlock()
		return
	}
	named := *v
	if named.Facet == "" {
		named.Facet = i.facet
	}
	i.verdict = &named
	i.state = Ended
	mux, watch, ended := i.mux, i.watch, i.ended
	i.mu.Unlock()
	if ended != nil {
		ended(&named)
	}
	if watch != nil {
		watch.stop()
	}
	if mux != nil {
		mux.End(&named)
	}
	i.proc.Kill()
	i.cancel()
}

// Exited reports whether the process is dead. It costs a system call.
func (i *Instance) Exited() bool { return i.proc.Exited() }

// Done is closed when the process is gone and has been cleaned up after.
func (i *Instance) Done() <-chan struct{} { return i.done }

// Verdict returns how the instance ended; nil while it has not.
func (i *Instance) Verdict() *fault.VerdictError {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.verdict
}

// reap waits for the process, and gives the verdict where nothing else has.
func (i *Instance) reap() {
	exit := i.proc.Wait()
	close(i.exited)
	i.Kill(i.exitVerdict(exit))
	// The process is dead, so nothing that connect waits for takes long. Before it
	// is over, go-plugin may be about to make the connection that it would then
	// never close: its Kill knows only what its Start has finished.
	<-i.connected
	if i.plugin != nil {
		i.plugin.Kill() // for go-plugin's own bookkeeping
	}
	_ = i.conn.Close()
	close(i.done)
}

func (i *Instance) exitVerdict(exit Exit) *fault.VerdictError {
	switch {
	case exit.Violation != "":
		return &fault.VerdictError{Verdict: fault.PolicyViolation, Layer: "seccomp", Reason: errors.New(exit.Violation)}
	case exit.OOM:
		return &fault.VerdictError{Verdict: fault.OOM, Layer: "cgroup",
			Reason: errors.New("the kernel ended the process at its memory limit"),
			Hint:   "the limit is Limits.MemoryBytes"}
	}
	verdict := fault.Crashed
	i.mu.Lock()
	if !i.serving {
		verdict = fault.StartFailed
	}
	i.mu.Unlock()
	if last := i.output.last(); last != "" {
		return fault.New(verdict, "the process ended: %s; its last words: %.200q", exit, last)
	}
	return fault.New(verdict, "the process ended: %s", exit)
}

// endedOr prefers the exit of the process to err, where the process is about to
// end: its status says what the broken connection cannot.
func (i *Instance) endedOr(err error) error {
	switch status.Code(err) {
	case codes.Unavailable, codes.Canceled, codes.Unknown, codes.DeadlineExceeded:
	default:
		return &fault.VerdictError{Verdict: fault.ProtocolViolation, Reason: statusText(err)}
	}
	select {
	case <-i.exited:
		return i.exitVerdict(i.proc.Wait())
	case <-time.After(lostGrace):
		return &fault.VerdictError{Verdict: fault.ProtocolViolation, Reason: statusText(err)}
	}
}

// statusText keeps a gRPC error's code and quotes its text, which the runner may
// have chosen.
func statusText(err error) error {
	s := status.Convert(err)
	text := s.Message()
	if len(text) > 300 {
		text = text[:300]
	}
	return &wire.ViolationError{What: s.Code().String() + ": " + quote(text)}
}

// lost is called when the stream ended by itself.
func (i *Instance) lost(err error) {
	if wire.IsViolation(err) {
		i.Kill(&fault.VerdictError{Verdict: fault.ProtocolViolation, Reason: err})
		return
	}
	go func() { i.Kill(asVerdict(i.endedOr(err), fault.Crashed)) }()
}

// flooded is called when the runner sends what gRPC never would.
func (i *Instance) flooded(err error) {
	i.Kill(&fault.VerdictError{Verdict: fault.ProtocolViolation, Reason: err})
}

// broken is called when the runtime says that the instance is over.
func (i *Instance) broken(f *facetv1.Failure) {
	err := wire.FailureError(f)
	v := &fault.VerdictError{Verdict: fault.Crashed, Reason: err}
	switch f.Kind {
	case facetv1.Failure_KIND_ABORTED:
		v.Verdict = fault.Aborted
	case facetv1.Failure_KIND_CPU_LIMIT:
		v.Verdict = fault.CPULimit
	}
	i.Kill(v)
}

// Stop ends a running instance cleanly, within StopTimeout or what ctx leaves,
// and then for certain. It returns when the process is gone.
func (i *Instance) Stop(ctx context.Context, v *fault.VerdictError) {
	if i.advance(Running, Stopping, i.facet) == nil {
		stop, cancel := context.WithTimeout(ctx, i.cfg.StopTimeout)
		// Whether it stopped cleanly changes nothing for the data, which is safe
		// either way, and the process ends either way.
		answer, err := i.client.Stop(stop, &facetv1.StopRequest{})
		if a := answer.GetAlarm(); err == nil && a != nil && a.TimeMs >= 0 && a.TimeMs < wire.MaxAlarm {
			i.mu.Lock()
			i.alarm = a.TimeMs
			i.mu.Unlock()
		}
		cancel()
	}
	i.Kill(v)
	<-i.done
}

// LastAlarm returns the object's alarm as the database held it when the process
// closed it, in milliseconds since the epoch, 0 for none; negative where that is
// not known.
func (i *Instance) LastAlarm() int64 {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.alarm
}

// Hold stops checkpoints, or lets them go on.
func (i *Instance) Hold(ctx context.Context, on bool) error {
	ctx, stop := context.WithTimeout(ctx, i.cfg.StartTimeout)
	defer stop()
	_, err := i.client.HoldCheckpoints(ctx, &facetv1.HoldCheckpointsRequest{Hold: on})
	if err != nil {
		return i.endedOr(err)
	}
	return nil
}

// asVerdict makes an error a verdict unless it is one.
func asVerdict(err error, otherwise fault.Verdict) *fault.VerdictError {
	var v *fault.VerdictError
	if errors.As(err, &v) {
		return v
	}
	return &fault.VerdictError{Verdict: otherwise, Reason: err}
}
