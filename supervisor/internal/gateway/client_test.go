package gateway

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// clientOf returns the host's end of a WebSocket and the connection of its client.
func clientOf(t *testing.T, owner any) (*client, *websocket.Conn) {
	t.Helper()
	got := make(chan *client, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		c := newClient(conn, &Options{MessageBytes: 1 << 20, Owner: owner})
		got <- c
		<-c.done.Done()
	}))
	conn, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(s.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	c := <-got
	t.Cleanup(func() { c.drop(); conn.Close(); s.Close() })
	return c, conn
}

// begin sends the beginning of a message and not its end.
func begin(t *testing.T, conn *websocket.Conn, size int) {
	t.Helper()
	w, err := conn.NextWriter(websocket.BinaryMessage)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, size)); err != nil {
		t.Fatal(err)
	}
}

// A message has its time, however often the client says between its fragments that it
// is there; before one, that counts.
func TestMessageHasItsTime(t *testing.T) {
	c, conn := clientOf(t, 1)
	c.idle = 400 * time.Millisecond
	stop := make(chan struct{})
	defer close(stop)
	start := time.Now()
	go func() {
		for n := 0; ; n++ {
			if n == 40 {
				begin(t, conn, 2*smallMessage)
			}
			if conn.WriteControl(websocket.PongMessage, nil, time.Now().Add(time.Second)) != nil {
				return
			}
			select {
			case <-time.After(20 * time.Millisecond):
			case <-stop:
				return
			}
		}
	}()
	over := make(chan error, 1)
	go func() { _, err := c.Receive(); over <- err }()
	select {
	case err := <-over:
		if took := time.Since(start); err == nil || took < 800*time.Millisecond {
			t.Errorf("%v after %v", err, took)
		}
	case <-time.After(10 * time.Second):
		t.Error("the message never ends")
	}
}

// Slow clients of one owner do not keep those of another from sending.
func TestSlowMessagesAreTheirOwners(t *testing.T) {
	for range largeReads + 1 {
		slow, conn := clientOf(t, "slow")
		go func() { _, _ = slow.Receive() }()
		begin(t, conn, 2*smallMessage)
	}
	c, conn := clientOf(t, "other")
	sent := make([]byte, 2*smallMessage)
	if err := conn.WriteMessage(websocket.BinaryMessage, sent); err != nil {
		t.Fatal(err)
	}
	over := make(chan error, 1)
	go func() {
		e, err := c.Receive()
		if err == nil && len(e.Data) != len(sent) {
			t.Errorf("%d bytes", len(e.Data))
		}
		over <- err
	}()
	select {
	case err := <-over:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it waits for the others")
	}
}
