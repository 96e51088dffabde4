package quiet

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// pair returns the two ends of a connection; the first is quiet.
func pair(t *testing.T, network string) (net.Conn, net.Conn) {
	t.Helper()
	address := "127.0.0.1:0"
	linked := network == "link"
	if linked {
		network = "unix"
	}
	if network == "unix" {
		address = t.TempDir() + "/socket"
	}
	inner, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	var l net.Listener = Listener{inner}
	if linked {
		l = inner
	}
	defer l.Close()
	other, err := net.Dial(network, l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if linked {
		c = Link(c)
	}
	t.Cleanup(func() { c.Close(); other.Close() })
	switch c.(type) {
	case *Conn, *link:
	default:
		t.Fatalf("a %T is not quiet", c)
	}
	return c, other
}

func TestConn(t *testing.T) {
	for _, network := range []string{"tcp", "unix", "link"} {
		t.Run(network+" carries more than a socket's buffer both ways", func(t *testing.T) {
			c, other := pair(t, network)
			sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<18)
			go func() { // echoes everything, so both directions fill up and wait
				io.Copy(other, other)
				other.Close()
			}()
			go func() {
				if n, err := c.Write(sent); n != len(sent) || err != nil {
					t.Errorf("wrote %d of %d: %v", n, len(sent), err)
				}
			}()
			got := make([]byte, len(sent))
			if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, sent) {
				t.Fatalf("read: %v, the same: %v", err, bytes.Equal(got, sent))
			}
		})
		t.Run(network+" ends", func(t *testing.T) {
			c, other := pair(t, network)
			if n, err := c.Read(nil); n != 0 || err != nil {
				t.Errorf("an empty read: %d, %v", n, err)
			}
			other.Close()
			if n, err := c.Read(make([]byte, 1)); n != 0 || err != io.EOF {
				t.Errorf("after the other's end: %d, %v; want io.EOF", n, err)
			}
			// The first write may still find room, and tells the kernel.
			var err error
			for end := time.Now().Add(time.Minute); err == nil && time.Now().Before(end); {
				_, err = c.Write([]byte("x"))
			}
			var op *net.OpError
			if !errors.As(err, &op) || op.Op != "write" || !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("write to nobody: %v", err)
			}
		})
		t.Run(network+" keeps deadlines", func(t *testing.T) {
			c, _ := pair(t, network)
			c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
			_, err := c.Read(make([]byte, 1))
			var timeout net.Error
			if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &timeout) || !timeout.Timeout() {
				t.Errorf("past the deadline: %v", err)
			}
			c.SetWriteDeadline(time.Now().Add(10 * time.Millisecond))
			n, err := c.Write(make([]byte, 64<<20)) // more than any buffer, and nobody reads
			if !errors.Is(err, os.ErrDeadlineExceeded) || n == 64<<20 {
				t.Errorf("a write that cannot go on: %d, %v", n, err)
			}
		})
		t.Run(network+" closes under a reader", func(t *testing.T) {
			for range 200 { // the reader has not begun, begins, or waits
				c, _ := pair(t, network)
				done := make(chan error, 1)
				go func() {
					_, err := c.Read(make([]byte, 1))
					done <- err
				}()
				runtime.Gosched()
				c.Close()
				if err := <-done; !errors.Is(err, net.ErrClosed) {
					t.Fatalf("%v; want net.ErrClosed", err)
				}
			}
		})
	}
}

func TestHalfClose(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		c, other := pair(t, network)
		if err := c.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if _, err := other.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("%s: the other end reads %v; want io.EOF", network, err)
		}
		if _, err := other.Write([]byte("x")); err != nil {
			t.Errorf("%s: the other direction: %v", network, err)
		}
	}
}

func TestOthersStay(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if New(a) != a || Link(a) != a {
		t.Error("a pipe in memory was wrapped")
	}
}
