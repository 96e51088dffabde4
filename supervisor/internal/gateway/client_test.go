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
func begin(conn *websocket.Conn, size int) error {
	w, err := conn.NextWriter(websocket.BinaryMessage)
	if err == nil {
		_, err = w.Write(make([]byte, size))
	}
	return err
}

// A message has its time, however often the client says between its fragments that it
// is there; before one, that counts.
func TestMessageHasItsTime(t *testing.T) {
	// A machine may stand still for as long, and then nothing was shown: the next
	// time is longer. Pongs that did not count would end each of them early.
	for idle := 400 * time.Millisecond; ; idle *= 2 {
		took := messageTime(t, idle)
		if t.Failed() || took >= 2*idle {
			return
		}
		if idle > 10*time.Second {
			t.Fatalf("with signs of life every %v it ended after %v", idle/20, took)
		}
	}
}

// messageTime is how long a client is received that says for two times idle that it
// is there and then begins a message that does not end.
func messageTime(t *testing.T, idle time.Duration) time.Duration {
	t.Helper()
	c, conn := clientOf(t, 1)
	c.idle = idle
	stop := make(chan struct{})
	defer close(stop)
	start := time.Now()
	go func() {
		for n := 0; ; n++ {
			if n == 40 && begin(conn, 2*smallMessage) != nil {
				return
			}
			if conn.WriteControl(websocket.PongMessage, nil, time.Now().Add(hang)) != nil {
				return
			}
			select {
			case <-time.After(idle / 20):
			case <-stop:
				return
			}
		}
	}()
	over := make(chan error, 1)
	go func() { _, err := c.Receive(); over <- err }()
	select {
	case err := <-over:
		if err == nil {
			t.Error("half a message was received")
		}
	case <-time.After(2*idle + hang):
		t.Error("the message never ends")
	}
	return time.Since(start)
}

// hang ends a test that hangs, however slow the machine is.
const hang = time.Minute

// Slow clients of one owner do not keep those of another from sending.
func TestSlowMessagesAreTheirOwners(t *testing.T) {
	for range largeReads + 1 {
		slow, conn := clientOf(t, "slow")
		go func() { _, _ = slow.Receive() }()
		if err := begin(conn, 2*smallMessage); err != nil {
			t.Fatal(err)
		}
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
	case <-time.After(hang):
		t.Error("it waits for the others")
	}
}
