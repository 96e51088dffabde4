//go:build linux && amd64

package lockdown

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// maxFiles is how many descriptors one message may carry; the kernel's own
// bound is 253 (SCM_MAX_FD, unix(7)), a runner needs two.
const maxFiles = 16

// passFD is the descriptor-passing socket. It is used under this very number,
// never a duplicate, because the seccomp profile names it.
const passFD = 4

var (
	receiveMu sync.Mutex
	passFile  *os.File
)

func init() {
	if !active() {
		return
	}
	// Non-blocking before NewFile: then Go's poller takes it, and waiting
	// for files parks no thread and needs no call after the seal.
	if err := unix.SetNonblock(passFD, true); err != nil {
		fmt.Fprintln(os.Stderr, "lockdown: descriptor 4:", err)
		os.Exit(exitStatus)
	}
	passFile = os.NewFile(passFD, "descriptor passing")
}

// ReceiveFiles waits for the parent's one message with files and returns
// exactly n descriptors, close-on-exec and owned by the caller; descriptor 4
// is closed afterwards whatever happens. A message with another number of
// descriptors is an error, and all that came are closed. It waits as long as
// the parent lives and does not write.
func ReceiveFiles(n int) ([]int, error) {
	receiveMu.Lock()
	defer receiveMu.Unlock()
	if passFile == nil {
		return nil, errors.New("lockdown: files were received before, or the process is not locked down")
	}
	f := passFile
	passFile = nil
	defer f.Close()
	if n < 0 || n > maxFiles {
		return nil, fmt.Errorf("lockdown: %d files asked for, at most %d go in one message", n, maxFiles)
	}
	return receiveFiles(f, n)
}

// CloseFiles closes descriptor 4 in a process that gets no files. After it, as
// after ReceiveFiles, no number is a socket that messages may be sent or received
// on, and none can become one: the profiles allow sendmsg and recvmsg on 4 alone,
// and no call that makes a socket or a second number for one. It does nothing
// where descriptor 4 is closed already.
func CloseFiles() {
	receiveMu.Lock()
	defer receiveMu.Unlock()
	if passFile != nil {
		passFile.Close()
		passFile = nil
	}
}

func receiveFiles(f *os.File, n int) ([]int, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("lockdown: receive files: %w", err)
	}
	var body [1]byte
	oob := make([]byte, unix.CmsgSpace(4*maxFiles))
	var got, oobn, flags int
	var recvErr error
	err = raw.Read(func(fd uintptr) bool {
		got, oobn, flags, _, recvErr = unix.Recvmsg(int(fd), body[:], oob, unix.MSG_CMSG_CLOEXEC)
		return !errors.Is(recvErr, unix.EAGAIN) && !errors.Is(recvErr, unix.EINTR)
	})
	if err = errors.Join(err, recvErr); err != nil {
		return nil, fmt.Errorf("lockdown: receive files: %w", err)
	}
	if got == 0 {
		return nil, errors.New("lockdown: receive files: the parent has closed descriptor 4")
	}
	return exactly(n, oob[:oobn], flags)
}

// exactly takes n descriptors out of a control message or closes them all.
func exactly(n int, oob []byte, flags int) ([]int, error) {
	fds, err := parseRights(oob)
	switch {
	case err != nil:
	case flags&unix.MSG_CTRUNC != 0:
		err = errors.New("lockdown: more descriptors than a message may carry")
	case len(fds) != n:
		err = fmt.Errorf("lockdown: %d descriptors received, want %d", len(fds), n)
	}
	if err != nil {
		for _, fd := range fds {
			unix.Close(fd)
		}
		return nil, err
	}
	return fds, nil
}

// parseRights returns every descriptor in the control message, also beside an
// error, so that the caller can close them.
func parseRights(oob []byte) ([]int, error) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil, fmt.Errorf("lockdown: control message: %w", err)
	}
	var all []int
	for i := range messages {
		// ParseUnixRights panics on half a descriptor, which the kernel
		// never makes.
		if len(messages[i].Data)%4 != 0 {
			err = errors.New("lockdown: control message: half a descriptor")
			continue
		}
		fds, e := unix.ParseUnixRights(&messages[i])
		if e != nil {
			err = fmt.Errorf("lockdown: control message: %w", e)
			continue
		}
		all = append(all, fds...)
	}
	return all, err
}
