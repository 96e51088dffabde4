package quiet

import (
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

// A Write that fills the socket goes on whenever the other end has read, also where that
// reads everything just before room is asked for.
func TestRoomIsTold(t *testing.T) {
	for round := range 60 {
		fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		a, err := NewFile(fds[0], "a")
		if err != nil {
			t.Fatal(err)
		}
		of := os.NewFile(uintptr(fds[1]), "b")
		b, err := net.FileConn(of)
		of.Close()
		if err != nil {
			t.Fatal(err)
		}
		const total = 64 << 20
		done := make(chan error, 1)
		go func() {
			_, err := io.CopyN(io.Discard, b, total)
			done <- err
		}()
		wrote := make(chan error, 1)
		go func() {
			buf := make([]byte, 32<<10)
			for n := 0; n < total; n += len(buf) {
				if _, err := a.Write(buf); err != nil {
					wrote <- err
					return
				}
			}
			wrote <- nil
		}()
		for range 2 {
			select {
			case err := <-done:
				if err != nil {
					t.Fatal(err)
				}
			case err := <-wrote:
				if err != nil {
					t.Fatal(err)
				}
			case <-time.After(time.Minute):
				t.Fatalf("round %d hangs", round)
			}
		}
		a.Close()
		b.Close()
	}
}
