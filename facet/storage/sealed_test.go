package storage

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// No path call is made after the start: the filter would have killed the child.
func TestNoPathCallsAfterTheSeal(t *testing.T) {
	out, err := runChild(t, "sealed", newFiles(t))
	if err != nil || out != "done" {
		t.Errorf("%v: %s", err, out)
	}
	out, err = runChild(t, "sealed-control", newFiles(t))
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGSYS {
		t.Errorf("the control was not killed for a path call: %v: %s", err, out)
	}
}

// syncAfter commits a turn after break has run and tells how the wait for it
// and the turns after it end.
func syncAfter(breakIt func() error) error {
	s, err := Open(3, 4, Limits{})
	if err != nil {
		return err
	}
	// The first commit of a log syncs its header itself; let that work.
	if err := s.KVPut("first", Value{}); err != nil {
		return err
	}
	seq, err := s.TurnEnd()
	if err == nil {
		err = s.WaitSynced(context.Background(), seq)
	}
	if err == nil {
		err = breakIt()
	}
	if err != nil {
		return err
	}
	if err := s.KVPut("k", Value{}); err != nil {
		return err
	}
	if seq, err = s.TurnEnd(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	err = s.WaitSynced(ctx, seq)
	_, next := s.TurnEnd()
	fmt.Printf("wait: %v, next: %v, close: %v, synced %v\n", err, errors.Is(next, ErrBroken), s.Close() != nil, err == nil)
	return nil
}

func syncFails() error {
	return syncAfter(func() error { return seal(unix.SECCOMP_RET_ERRNO|uint32(unix.EIO), unix.SYS_FDATASYNC) })
}

// A failed sync acknowledges nothing, ever after.
func TestSyncFailureBreaksTheStore(t *testing.T) {
	out, err := runChild(t, "sync-fails", newFiles(t))
	if want := "wait: storage is broken, next: true, close: true, synced false"; err != nil || out != want {
		t.Errorf("%v: %s, want %s", err, out, want)
	}
	out, err = runChild(t, "sync-fails-control", newFiles(t))
	if want := "wait: <nil>, next: false, close: false, synced true"; err != nil || out != want {
		t.Errorf("control: %v: %s, want %s", err, out, want)
	}
}
