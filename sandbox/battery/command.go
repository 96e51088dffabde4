//go:build linux && amd64

package battery

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"time"
)

// commandTime bounds an attempt in another sandbox.
const commandTime = 5 * time.Second

// TryCommand makes an attempt in a program that serves package attacker on its
// standard input and output, in whatever sandbox its command line puts it. Attempts
// that need more of facetd's own launcher are refused with false.
func (b *Battery) TryCommand(ctx context.Context, a Attempt, argv []string) (Result, bool) {
	if a.Files || a.Survives {
		return Result{}, false
	}
	probe, err := b.expand(a.Probe)
	if err == nil {
		err = b.reset()
	}
	if err != nil {
		return Result{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = "/"
	cmd.WaitDelay = time.Second
	cmd.Stdin = strings.NewReader(probe + "\n")
	out, err := cmd.Output()
	answer, _, ok := strings.Cut(string(out), "\n")
	switch {
	case ok:
		return b.judge(a, answer), true
	case ctx.Err() != nil:
		return Result{Outcome: Limited, How: "no answer in time"}, true
	case err != nil:
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			return Result{}, false
		}
	}
	return Result{Outcome: Killed, How: "ended"}, true
}
