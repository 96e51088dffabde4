package quiet

import (
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// File is a stream socket that package net does not know. Its methods may be used
// by several goroutines.
//
// Go's poller waits for room in every socket that it knows, also when nobody
// writes, and a Unix socket reports room whenever the other end reads
// (unix_write_space in the kernel): each message would wake its sender a second
// time. Therefore the poller is given two sets of epoll(7) instead of the socket:
// one that is ready when there is something to read, and one that waits for room
// only while a Write does.
type File struct {
	fd      int
	name    string
	in, out pollSet

	write   sync.Mutex   // one Write at a time waits for room
	closing atomic.Bool  // Close has been called
	life    sync.RWMutex // held while fd is used
	closed  bool
}

// NewFile takes over a stream socket and makes it non-blocking. It makes two more
// descriptors, none later; after it only read, write, epoll_ctl, and the calls of
// the Go runtime's poller are made. On an error the socket is closed.
func NewFile(fd int, name string) (*File, error) {
	f := &File{fd: fd, name: name}
	err := syscall.SetNonblock(fd, true)
	if err == nil {
		f.in, err = newPollSet(fd, name, syscall.EPOLLIN|syscall.EPOLLRDHUP)
	}
	if err == nil {
		f.out, err = newPollSet(fd, name, 0)
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("descriptor %d is not the socket of the %s: %w", fd, name, err)
	}
	return f, nil
}

// Read implements io.Reader.
func (f *File) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	f.life.RLock()
	defer f.life.RUnlock()
	if f.closed {
		return 0, os.ErrClosed
	}
	var n int
	var errno syscall.Errno
	err := f.in.raw.Read(func(uintptr) bool {
		n, errno = rawRead(uintptr(f.fd), p)
		return errno != syscall.EAGAIN
	})
	switch {
	case err != nil:
		return 0, f.waited(err)
	case errno != 0:
		return 0, f.failed("read", errno)
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// Write implements io.Writer.
func (f *File) Write(p []byte) (int, error) {
	f.life.RLock()
	defer f.life.RUnlock()
	if f.closed {
		return 0, os.ErrClosed
	}
	f.write.Lock()
	defer f.write.Unlock()
	var done int
	var errno syscall.Errno
	var armed bool
	// The set is what is readable when the socket has room.
	err := f.out.raw.Read(func(set uintptr) bool {
		errno = 0
		for done < len(p) && errno == 0 {
			var n int
			n, errno = rawWrite(uintptr(f.fd), p[done:])
			done += n
			if errno == syscall.EAGAIN && !armed {
				// Room that there is by now may never be told: epoll_ctl wakes nobody
				// for a member that has been ready before and was not looked at
				// since. Room that comes later is. So try once more.
				armed = true
				errno = rawModify(set, f.fd, syscall.EPOLLOUT)
			}
		}
		return errno != syscall.EAGAIN
	})
	if armed {
		_ = f.out.raw.Control(func(set uintptr) { rawModify(set, f.fd, 0) })
	}
	if err == nil && errno != 0 {
		err = f.failed("write", errno)
	} else if err != nil {
		err = f.waited(err)
	}
	return done, err
}

// waited is the error of a wait: it is over because of Close, or past the deadline.
// What the poller says of the first is no os.ErrClosed.
func (f *File) waited(err error) error {
	if f.closing.Load() {
		return os.ErrClosed
	}
	return err
}

func (f *File) failed(call string, errno syscall.Errno) error {
	return &os.PathError{Op: call, Path: f.name, Err: errno}
}

// Close implements io.Closer; whoever waits in Read or Write returns.
func (f *File) Close() error {
	f.closing.Store(true)
	f.in.close()
	f.out.close()
	f.life.Lock()
	defer f.life.Unlock()
	if f.closed {
		return os.ErrClosed
	}
	f.closed = true
	return syscall.Close(f.fd)
}

// SetDeadline works as net.Conn's, and so do the other two.
func (f *File) SetDeadline(t time.Time) error {
	if err := f.SetReadDeadline(t); err != nil {
		return err
	}
	return f.SetWriteDeadline(t)
}

// SetReadDeadline is SetDeadline for Read.
func (f *File) SetReadDeadline(t time.Time) error { return f.in.file.SetReadDeadline(t) }

// SetWriteDeadline is SetDeadline for Write.
func (f *File) SetWriteDeadline(t time.Time) error { return f.out.file.SetReadDeadline(t) }
