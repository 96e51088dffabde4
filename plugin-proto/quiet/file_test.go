package quiet

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// filePair returns a File and the other end of its socket.
func filePair(t *testing.T) (*File, net.Conn) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	f, err := NewFile(fds[0], "other end")
	if err != nil {
		t.Fatal(err)
	}
	theirs := os.NewFile(uintptr(fds[1]), "theirs")
	other, err := net.FileConn(theirs)
	if err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	t.Cleanup(func() { f.Close(); other.Close() })
	return f, other
}

func TestFile(t *testing.T) {
	t.Run("carries more than a socket's buffer both ways", func(t *testing.T) {
		f, other := filePair(t)
		sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<18)
		go func() {
			io.Copy(other, other)
			other.Close()
		}()
		go func() {
			if n, err := f.Write(sent); n != len(sent) || err != nil {
				t.Errorf("wrote %d of %d: %v", n, len(sent), err)
			}
		}()
		got := make([]byte, len(sent))
		if _, err := io.ReadFull(f, got); err != nil || !bytes.Equal(got, sent) {
			t.Fatalf("read: %v, the same: %v", err, bytes.Equal(got, sent))
		}
	})
	t.Run("ends", func(t *testing.T) {
		f, other := filePair(t)
		if n, err := f.Read(nil); n != 0 || err != nil {
			t.Errorf("an empty read: %d, %v", n, err)
		}
		other.Close()
		if n, err := f.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Errorf("after the other's end: %d, %v; want io.EOF", n, err)
		}
		if _, err := f.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
			t.Errorf("write to nobody: %v", err)
		}
	})
	t.Run("ends under a writer", func(t *testing.T) {
		f, other := filePair(t)
		done := make(chan error, 1)
		go func() {
			_, err := f.Write(make([]byte, 64<<20))
			done <- err
		}()
		if _, err := io.ReadFull(other, make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
		other.Close()
		if err := <-done; !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("write to nobody: %v", err)
		}
	})
	t.Run("keeps deadlines", func(t *testing.T) {
		f, other := filePair(t)
		f.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		if _, err := f.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("past the deadline: %v", err)
		}
		f.SetWriteDeadline(time.Now().Add(10 * time.Millisecond))
		n, err := f.Write(make([]byte, 64<<20)) // more than any buffer, and nobody reads
		if !errors.Is(err, os.ErrDeadlineExceeded) || n == 64<<20 {
			t.Errorf("a write that cannot go on: %d, %v", n, err)
		}
		f.SetDeadline(time.Time{})
		if _, err := io.ReadFull(other, make([]byte, n)); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte("x")); err != nil {
			t.Errorf("without a deadline: %v", err)
		}
	})
	t.Run("closes under a reader and a writer", func(t *testing.T) {
		f, _ := filePair(t)
		done := make(chan error, 2)
		go func() {
			_, err := f.Read(make([]byte, 1))
			done <- err
		}()
		go func() {
			_, err := f.Write(make([]byte, 64<<20))
			done <- err
		}()
		f.Close()
		for range 2 {
			if err := <-done; !errors.Is(err, os.ErrClosed) {
				t.Errorf("%v; want os.ErrClosed", err)
			}
		}
		if err := f.Close(); !errors.Is(err, os.ErrClosed) {
			t.Errorf("the second Close: %v", err)
		}
		if _, err := f.Read(make([]byte, 1)); !errors.Is(err, os.ErrClosed) {
			t.Errorf("Read: %v", err)
		}
	})
	t.Run("takes sockets only", func(t *testing.T) {
		null, err := unix.Open(os.DevNull, unix.O_RDWR|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := NewFile(null, "nobody"); err == nil {
			t.Error("/dev/null was taken")
		}
		if err := unix.Close(null); err != unix.EBADF {
			t.Errorf("the refused descriptor is still open: %v", err)
		}
	})
}

// watched returns an epoll instance that watches as Go's poller does, and a
// function that tells whether it would wake.
func watched(t *testing.T, fd int) func() bool {
	t.Helper()
	set, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(set) })
	const events uint32 = unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET
	if err := unix.EpollCtl(set, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: events}); err != nil {
		t.Fatal(err)
	}
	wakes := func() bool {
		n, err := unix.EpollWait(set, make([]unix.EpollEvent, 1), 0)
		if err != nil {
			t.Fatal(err)
		}
		return n > 0
	}
	wakes() // what is so at the start
	return wakes
}

// A message that the other end reads wakes nobody at this end, and one that
// arrives does. Control: watching the socket itself, both do.
func TestFileIsQuiet(t *testing.T) {
	f, other := filePair(t)
	set := -1
	f.in.raw.Control(func(fd uintptr) { set = int(fd) })
	quietly, loudly := watched(t, set), watched(t, f.fd)
	if _, err := f.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if quietly() {
		t.Error("the reader of a message woke its sender")
	}
	if !loudly() {
		t.Error("control: the socket did not report room")
	}
	if _, err := other.Write([]byte("y")); err != nil {
		t.Fatal(err)
	}
	if !quietly() || !loudly() {
		t.Error("a message that arrived was not reported")
	}
}
