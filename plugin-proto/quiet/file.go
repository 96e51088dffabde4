package quiet

import (
	"fmt"
	"io"
	"os"
	"syscall"
	"time"
)

// File is a non-blocking descriptor that is no connection of package net: an
// eventfd, an inherited socket. Its methods may be used by several goroutines. It
// never asks the descriptor for its options, so it works behind a filter of system
// calls that knows reading and writing only.
type File struct {
	fd   int
	file *os.File
	raw  syscall.RawConn
}

// NewFile takes the descriptor over, which is non-blocking, and of a kind that can
// be polled. On an error it is closed.
func NewFile(fd int, name string) (*File, error) {
	file := os.NewFile(uintptr(fd), name)
	if file == nil {
		return nil, fmt.Errorf("descriptor %d of %s is not one", fd, name)
	}
	raw, err := file.SyscallConn()
	if err == nil {
		err = file.SetDeadline(time.Time{}) // fails where nothing polls it
	}
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("descriptor %d of %s cannot be waited for, is it non-blocking? %w", fd, name, err)
	}
	return &File{fd: fd, file: file, raw: raw}, nil
}

// Fd is the descriptor, which stays f's.
func (f *File) Fd() int { return f.fd }

// Read implements io.Reader.
func (f *File) Read(p []byte) (int, error) {
	n, errno, err := read(f.raw, p)
	switch {
	case err != nil:
		return 0, err // closed, or past the deadline
	case errno != 0:
		return 0, f.failed("read", errno)
	case n == 0 && len(p) > 0:
		return 0, io.EOF
	}
	return n, nil
}

// Write implements io.Writer.
func (f *File) Write(p []byte) (int, error) {
	n, errno, err := write(f.raw, p)
	if err == nil && errno != 0 {
		err = f.failed("write", errno)
	}
	return n, err
}

func (f *File) failed(call string, errno syscall.Errno) error {
	return &os.PathError{Op: call, Path: f.file.Name(), Err: errno}
}

// Close implements io.Closer; whoever waits in Read or Write returns.
func (f *File) Close() error { return f.file.Close() }

// SetDeadline works as net.Conn's, and so do the other two.
func (f *File) SetDeadline(t time.Time) error { return f.file.SetDeadline(t) }

// SetReadDeadline is SetDeadline for Read.
func (f *File) SetReadDeadline(t time.Time) error { return f.file.SetReadDeadline(t) }

// SetWriteDeadline is SetDeadline for Write.
func (f *File) SetWriteDeadline(t time.Time) error { return f.file.SetWriteDeadline(t) }
