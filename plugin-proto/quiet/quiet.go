// Package quiet reads and writes sockets without telling Go's scheduler that a
// system call begins.
//
// Around every system call of package net the scheduler wakes its monitor thread,
// if the process was idle, in case the call blocks. That costs several
// switches between threads, each time a quiet process is asked something, and
// processes of facets and their supervisor are quiet between any two messages.
// Sockets of package net are non-blocking, so the call returns at once.
package quiet

import (
	"io"
	"net"
	"os"
	"syscall"
)

// Conn is a stream socket. It is safe for concurrent use as net.Conn is, and owns
// the connection that it was made of.
type Conn struct {
	net.Conn
	raw  syscall.RawConn
	half interface{ CloseWrite() error }
}

// New wraps a TCP or Unix stream connection; any other is returned as it is.
func New(c net.Conn) net.Conn {
	switch c := c.(type) {
	case *net.TCPConn:
		if raw, err := c.SyscallConn(); err == nil {
			return &Conn{Conn: c, raw: raw, half: c}
		}
	case *net.UnixConn:
		if raw, err := c.SyscallConn(); err == nil {
			return &Conn{Conn: c, raw: raw, half: c}
		}
	}
	return c
}

// CloseWrite ends what is written, as net/http does before it closes a connection
// whose client still sends: the client would lose the answer otherwise.
func (c *Conn) CloseWrite() error { return c.half.CloseWrite() }

// Read implements net.Conn.
func (c *Conn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	var n int
	var errno syscall.Errno
	err := c.raw.Read(func(fd uintptr) bool {
		n, errno = rawRead(fd, p)
		return errno != syscall.EAGAIN
	})
	switch {
	case err != nil:
		return 0, err // closed, or past the deadline
	case errno != 0:
		return 0, c.failed("read", errno)
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// Write implements net.Conn.
func (c *Conn) Write(p []byte) (int, error) {
	var done int
	var errno syscall.Errno
	err := c.raw.Write(func(fd uintptr) bool {
		for errno = 0; done < len(p) && errno == 0; {
			var n int
			n, errno = rawWrite(fd, p[done:])
			done += n
		}
		return errno != syscall.EAGAIN
	})
	if err == nil && errno != 0 {
		err = c.failed("write", errno)
	}
	return done, err
}

func (c *Conn) failed(call string, errno syscall.Errno) error {
	return &net.OpError{Op: call, Net: c.LocalAddr().Network(), Source: c.LocalAddr(), Addr: c.RemoteAddr(),
		Err: os.NewSyscallError(call, errno)}
}

// Listener makes the connections that it accepts quiet.
type Listener struct{ net.Listener }

// Accept implements net.Listener.
func (l Listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return New(c), nil
}
