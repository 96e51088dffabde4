package quiet

import (
	"os"
	"syscall"
)

// pollSet is an epoll instance with one member, in Go's poller. Nobody collects
// its events: it is readable while the member has one of them (epoll(7)).
type pollSet struct {
	file *os.File
	raw  syscall.RawConn
}

func newPollSet(fd int, name string, events uint32) (pollSet, error) {
	set, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return pollSet{}, os.NewSyscallError("epoll_create1", err)
	}
	err = syscall.EpollCtl(set, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: events})
	if err == nil {
		err = syscall.SetNonblock(set, true) // what os.NewFile takes as pollable
	}
	if err != nil {
		_ = syscall.Close(set)
		return pollSet{}, os.NewSyscallError("epoll_ctl", err)
	}
	file := os.NewFile(uintptr(set), name)
	raw, err := file.SyscallConn()
	return pollSet{file, raw}, err
}

func (s pollSet) close() {
	if s.file != nil {
		_ = s.file.Close()
	}
}
