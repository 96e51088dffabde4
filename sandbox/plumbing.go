//go:build linux && amd64

package sandbox

import (
	"errors"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// plumbing is both ends of a child's descriptors before the start.
type plumbing struct {
	child [5]int // what becomes descriptors 0 to 4; -1 when closed
	conn  *net.UnixConn
	pass  *net.UnixConn
	log   *os.File
}

// newPlumbing makes the descriptors. above is a descriptor that must survive
// in the child until its exec: Go's fork moves things to numbers just above
// the highest of the child's, so one of those has to be higher than it.
func newPlumbing(logSize, above int) (_ *plumbing, err error) {
	p := &plumbing{child: [5]int{-1, -1, -1, -1, -1}}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	null, err := unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	p.child[0], err = unix.FcntlInt(uintptr(null), unix.F_DUPFD_CLOEXEC, above+1)
	unix.Close(null)
	if err != nil {
		return nil, err
	}
	if err = p.openLog(logSize); err != nil {
		return nil, err
	}
	if p.conn, p.child[3], err = socketpair(unix.SOCK_STREAM); err != nil {
		return nil, err
	}
	if p.pass, p.child[4], err = socketpair(unix.SOCK_SEQPACKET); err != nil {
		return nil, err
	}
	return p, nil
}

// openLog makes the pipe for descriptors 1 and 2. Only the reading end is
// non-blocking: the flag would be the child's too.
func (p *plumbing) openLog(size int) error {
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		return err
	}
	p.child[1], p.child[2] = pipe[1], pipe[1]
	if size != 64<<10 { // the kernel's default, pipe(7)
		if _, err := unix.FcntlInt(uintptr(pipe[1]), unix.F_SETPIPE_SZ, size); err != nil {
			unix.Close(pipe[0])
			return err
		}
	}
	if err := unix.SetNonblock(pipe[0], true); err != nil {
		unix.Close(pipe[0])
		return err
	}
	p.log = os.NewFile(uintptr(pipe[0]), "facet log")
	return nil
}

// socketpair returns the parent's end and the child's descriptor.
func socketpair(kind int) (*net.UnixConn, int, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, -1, err
	}
	f := os.NewFile(uintptr(pair[0]), "facet socket")
	defer f.Close()
	conn, err := net.FileConn(f) // its own duplicate, non-blocking: flags are per end
	if err != nil {
		unix.Close(pair[1])
		return nil, -1, err
	}
	return conn.(*net.UnixConn), pair[1], nil
}

func (p *plumbing) files() []uintptr {
	files := make([]uintptr, len(p.child))
	for i, fd := range p.child {
		files[i] = uintptr(fd)
	}
	return files
}

func (p *plumbing) closeChild() {
	for i, fd := range p.child {
		if fd >= 0 && i != 2 { // 1 and 2 are the same
			unix.Close(fd)
		}
		p.child[i] = -1
	}
}

func (p *plumbing) close() error {
	p.closeChild()
	var errs []error
	if p.conn != nil {
		errs = append(errs, p.conn.Close())
	}
	if p.pass != nil {
		errs = append(errs, p.pass.Close())
	}
	if p.log != nil {
		errs = append(errs, p.log.Close())
	}
	return errors.Join(errs...)
}
