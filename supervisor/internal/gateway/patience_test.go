package gateway_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
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
