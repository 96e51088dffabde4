package quiet

import (
	"errors"
	"io"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// Link is New for a connection that lives long and carries many short messages:
// for the price of two more descriptors a Unix stream connection becomes a File.
// Without descriptors left it stays what New makes of it.
func Link(c net.Conn) net.Conn {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return New(c)
	}
	// Package net keeps its descriptor in the poller until it is closed.
	fd := -1
	raw, err := u.SyscallConn()
	if err == nil {
		_ = raw.Control(func(its uintptr) { fd, err = unix.FcntlInt(its, unix.F_DUPFD_CLOEXEC, 0) })
	}
	if err != nil || fd < 0 {
		return New(c)
	}
	f, err := NewFile(fd, "other end")
	if err != nil {
		return New(c)
	}
	l := &link{File: f, local: c.LocalAddr(), remote: c.RemoteAddr()}
	_ = u.Close() // its descriptor, not the connection
	return l
}

// link is a File as a net.Conn.
type link struct {
	*File
	local, remote net.Addr
}

func (l *link) LocalAddr() net.Addr  { return l.local }
func (l *link) RemoteAddr() net.Addr { return l.remote }

// Read implements net.Conn.
func (l *link) Read(p []byte) (int, error) {
	n, err := l.File.Read(p)
	return n, l.named("read", err)
}

// Write implements net.Conn.
func (l *link) Write(p []byte) (int, error) {
	n, err := l.File.Write(p)
	return n, l.named("write", err)
}

// named makes errors what package net makes them.
func (l *link) named(call string, err error) error {
	switch {
	case err == nil, err == io.EOF:
		return err
	case errors.Is(err, os.ErrClosed):
		err = net.ErrClosed
	}
	return &net.OpError{Op: call, Net: l.local.Network(), Source: l.local, Addr: l.remote, Err: err}
}
