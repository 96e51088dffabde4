//go:build linux && amd64

package battery

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/facetd/facetd/sandbox"
	"github.com/facetd/facetd/seccomp"
)

// Result is what came of one run of an attempt.
type Result struct {
	// Succeeded: the attacker got what it wanted.
	Succeeded bool
	// How is the answer in a few words without addresses or numbers of
	// processes: "killed: openat", "EACCES", "out of memory".
	How string
	// Outcome is the letter of an [Expect]; 0 where it succeeded.
	Outcome byte
}

// Try runs an attempt with layers removed, and those which can't stand without
// them. The error tells that it could not be run.
func (b *Battery) Try(ctx context.Context, a Attempt, without sandbox.Layer) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	for {
		r, err := b.once(ctx, a, without)
		// Without a pid namespace Go's own signals break the filter's rule: that is
		// not the attempt's end.
		if own := without.Has(sandbox.PIDNamespace) && r.How == ownSignal && !strings.Contains(a.Probe, "tgkill"); err != nil || !own {
			return r, err
		}
	}
}

const ownSignal = "killed: tgkill"

func (b *Battery) once(ctx context.Context, a Attempt, without sandbox.Layer) (Result, error) {
	if err := b.reset(); err != nil {
		return Result{}, err
	}
	p, err := b.start(ctx, without, a.Limits)
	if err != nil {
		return Result{}, err
	}
	defer end(p)
	return b.ask(ctx, p, a)
}

// start makes a sealed process; the caller ends it.
func (b *Battery) start(ctx context.Context, without sandbox.Layer, limits sandbox.Limits) (*sandbox.Process, error) {
	if limits.Memory == 0 {
		limits.Memory = 64 << 20
	}
	if limits.Pids == 0 {
		limits.Pids = 40
	}
	p, err := b.launcher.Start(ctx, sandbox.Spec{Runner: b.runner, Args: b.args,
		Policy: sandbox.Policy{Without: without.WithDependents(), Limits: limits}})
	if err != nil {
		return nil, err
	}
	go io.Copy(io.Discard, p.Log())
	if err := p.WaitSealed(ctx); err != nil {
		end(p)
		return nil, err
	}
	return p, nil
}

func end(p *sandbox.Process) {
	p.Kill()
	p.Wait()
	p.Conn().Close()
	p.Log().Close()
}

func (b *Battery) ask(ctx context.Context, p *sandbox.Process, a Attempt) (Result, error) {
	lines := bufio.NewReader(p.Conn())
	until, _ := ctx.Deadline()
	p.Conn().SetDeadline(until)
	if a.Files {
		f, err := os.OpenFile(b.dir+"/db", os.O_RDWR, 0)
		if err != nil {
			return Result{}, err
		}
		defer f.Close()
		if err := p.SendFiles(ctx, f); err != nil {
			return Result{}, err
		}
		if _, err := request(p, lines, "files 1"); err != nil {
			return Result{}, fmt.Errorf("hand a file over: %w", err)
		}
	}
	probe, err := b.expand(a.Probe)
	if err != nil {
		return Result{}, err
	}
	answer, err := request(p, lines, probe)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, unix.ECONNRESET), errors.Is(err, unix.EPIPE):
		return ended(p.Wait()), nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return Result{Outcome: Limited, How: "no answer in time"}, nil
	case err != nil:
		return Result{}, err
	}
	if a.Survives {
		return survives(p), nil
	}
	return b.judge(a, answer), nil
}

func request(p *sandbox.Process, lines *bufio.Reader, probe string) (string, error) {
	if _, err := fmt.Fprintln(p.Conn(), probe); err != nil {
		return "", err
	}
	line, err := lines.ReadString('\n')
	return strings.TrimSuffix(line, "\n"), err
}

// judge reads an answer.
func (b *Battery) judge(a Attempt, answer string) Result {
	word, text, _ := strings.Cut(answer, " ")
	if word == "ok" {
		if a.Leak == nil || a.Leak(text, b) {
			return Result{Succeeded: true, How: "succeeded"}
		}
		return Result{Outcome: Denied, How: "sees nothing"}
	}
	name, _, _ := strings.Cut(text, ":")
	reached := slices.Contains(strings.Fields(a.Reached), name)
	switch {
	case reached, a.Surface && name != "ENOSYS":
		return Result{Succeeded: true, How: "reached the kernel: " + name}
	case slices.Contains([]string{"EMFILE", "EFBIG", "EAGAIN", "ENOSPC", "ENOMEM"}, name):
		return Result{Outcome: Limited, How: name}
	}
	return Result{Outcome: Denied, How: name}
}

// ended reads an attacker's end.
func ended(exit sandbox.Exit) Result {
	switch {
	case exit.Violation != nil:
		return Result{Outcome: Killed, How: "killed: " + violated(exit.Violation)}
	case exit.PolicyViolation():
		return Result{Outcome: Killed, How: "killed by the filter"}
	case exit.OOM:
		return Result{Outcome: Killed, How: "killed: out of memory"}
	case exit.Signal == syscall.SIGXFSZ:
		return Result{Outcome: Limited, How: "file size limit"}
	case exit.Signal != 0:
		return Result{Outcome: Killed, How: "ended: " + unix.SignalName(exit.Signal)}
	}
	return Result{Outcome: Limited, How: fmt.Sprintf("ended itself: status %d", exit.Code)}
}

func violated(v *sandbox.Violation) string {
	if v.Arch != seccomp.ArchX8664 {
		return "foreign ABI"
	}
	return v.Syscall
}

// survives ends the runner and looks whether anything of it still holds its end
// of the link.
func survives(p *sandbox.Process) Result {
	p.Kill()
	p.Wait()
	p.Conn().SetReadDeadline(time.Now().Add(2 * time.Second))
	if _, err := io.Copy(io.Discard, p.Conn()); errors.Is(err, os.ErrDeadlineExceeded) {
		return Result{Succeeded: true, How: "lives on"}
	}
	return Result{Outcome: Killed, How: "ended with the runner"}
}

// expand puts in names of targets and numbers of system calls.
func (b *Battery) expand(probe string) (string, error) {
	name, script, _ := strings.Cut(b.words.Replace(probe), " ")
	if name != "call" {
		return strings.TrimSpace(name + " " + script), nil
	}
	calls := strings.Split(script, ";")
	for i, call := range calls {
		syscall, args, _ := strings.Cut(strings.TrimSpace(call), " ")
		if nr, ok := seccomp.SyscallNumber(syscall); ok {
			calls[i] = fmt.Sprintf("%d %s", nr, args)
		} else if syscall == "" || syscall[0] < '0' || syscall[0] > '9' {
			return "", fmt.Errorf("battery: no system call %q", syscall)
		}
	}
	return "call " + strings.Join(calls, ";"), nil
}

// Posture starts a sandbox with all layers and says which are in force and, to
// root, what the kernel says of it. The posture is nil for others: they may not
// look at such a process.
func (b *Battery) Posture(ctx context.Context) (sandbox.Layer, *sandbox.Posture, error) {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	p, err := b.start(ctx, 0, sandbox.Limits{})
	if err != nil {
		return 0, nil, err
	}
	defer end(p)
	if !b.Host().Root {
		return p.Layers(), nil, nil
	}
	posture, err := sandbox.ReadPosture(p.Pid())
	return p.Layers(), &posture, err
}
