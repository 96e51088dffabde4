package gateway_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/facetd/facetd/supervisor/internal/gateway"
)

// A client that asks and never reads gives its call back.
func TestClientThatNeverReads(t *testing.T) {
	failed := make(chan error, 10)
	s := facet(t, &gateway.Options{
		ClientPatience: 300 * time.Millisecond,
		Failed:         func(_ *http.Request, _ int, err error) { failed <- err },
	})
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET /endless HTTP/1.1\r\nHost: f\r\n\r\n")
	select {
	case <-failed:
	case <-time.After(time.Minute):
		t.Fatal("the call is held by a client that does not read")
	}
	// One that reads, though with pauses as long, keeps the connection.
	conn, err = net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	r := bufio.NewReader(conn)
	for range 3 {
		fmt.Fprintf(conn, "GET /length HTTP/1.1\r\nHost: f\r\n\r\n")
		time.Sleep(400 * time.Millisecond)
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			t.Fatal(err)
		}
	}
}

// An answer that breaks off ends its request at once, also where the rest of the
// request's body waits for a runner that does not take it.
func TestBreaksOffDuringUpload(t *testing.T) {
	failed := make(chan error, 1)
	s := facet(t, &gateway.Options{Failed: func(_ *http.Request, _ int, err error) { failed <- err }})
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go func() {
		fmt.Fprintf(conn, "POST /false-length HTTP/1.1\r\nHost: f\r\nContent-Length: %d\r\n\r\n", 2<<20)
		_, _ = conn.Write(make([]byte, 2<<20))
	}()
	select {
	case <-failed:
	case <-time.After(time.Minute):
		t.Fatal("the request waits for its body")
	}
}

// A client that announces a small body and does not send it is not waited for, and the
// same connection is good for requests that take longer than that in the facet.
func TestClientThatNeverSends(t *testing.T) {
	failed := make(chan error, 10)
	s := facet(t, &gateway.Options{
		ClientPatience: 50 * time.Millisecond,
		Failed:         func(_ *http.Request, _ int, err error) { failed <- err },
	})
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
		return conn
	}
	conn := dial()
	fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: f\r\n"+strings.Repeat("X-A: 1\r\n", 200)+"Content-Length: 10\r\n\r\nhalf")
	if b, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(b), "HTTP/1.1 431 ") {
		t.Errorf("a request that is refused: %q, %v; want the connection to be closed", b, err)
	}
	<-failed
	conn = dial()
	fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: f\r\nContent-Length: 10\r\n\r\nhalf")
	if b, err := io.ReadAll(conn); err != nil || len(b) > 0 {
		t.Errorf("answer %q, %v; want the connection to be closed", b, err)
	}
	if err := <-failed; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("failed with %v", err)
	}
	conn = dial()
	r := bufio.NewReader(conn)
	for range 3 {
		fmt.Fprint(conn, "POST /slow HTTP/1.1\r\nHost: f\r\nContent-Length: 4\r\n\r\nbody")
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(resp.Body); string(b) != "late" || err != nil {
			t.Errorf("control: %q %v", b, err)
		}
	}
}
