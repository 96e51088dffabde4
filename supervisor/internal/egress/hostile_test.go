package egress

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/facetd/facetd/supervisor/internal/fair"
)

// stuck is a resolver that answers when nobody wants it any more.
type stuck struct{ asked, busy atomic.Int32 }

func (s *stuck) LookupNetIP(ctx context.Context, _, _ string) ([]netip.Addr, error) {
	s.busy.Add(1)
	s.asked.Add(1)
	<-ctx.Done()
	s.busy.Add(-1)
	return nil, ctx.Err()
}

func soon(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

// Who gives up a request does not leave its connection to be made: there is no other
// bound on how many are.
func TestGivenUp(t *testing.T) {
	begin := func(n *Network, url string) (giveUp func()) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			_, err := n.Do(ctx, &Request{Method: "GET", URL: url, Header: http.Header{}, Whole: -1})
			done <- err
		}()
		return func() {
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("given up: %v", err)
			}
		}
	}
	t.Run("while its name is looked up", func(t *testing.T) {
		r := &stuck{}
		n := network(t, Config{Allow: []string{"*"}, Resolver: r})
		for _, url := range []string{"http://a.example/", "https://b.example/"} {
			asked := r.asked.Load()
			giveUp := begin(n, url)
			soon(t, "no look-up", func() bool { return r.asked.Load() > asked })
			giveUp()
			soon(t, "the look-up goes on", func() bool { return r.busy.Load() == 0 })
		}
	})
	t.Run("in the handshake", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		n := network(t, Config{Allow: []string{l.Addr().String()}, Private: []string{"127.0.0.0/8"}})
		giveUp := begin(n, "https://"+l.Addr().String()+"/")
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Read(make([]byte, 1)); err != nil {
			t.Fatal(err) // the handshake has begun
		}
		giveUp()
		_ = c.SetReadDeadline(time.Now().Add(patience))
		for p := make([]byte, 4096); err == nil; {
			_, err = c.Read(p)
		}
		if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
			t.Error("the connection stays")
		}
	})
}

// Compressed data that stands for nothing comes to an end, as what stands for
// something does by its size.
func TestGzipOfNothing(t *testing.T) {
	var member bytes.Buffer
	gzip.NewWriter(&member).Close()
	_, port := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		for p := bytes.Repeat(member.Bytes(), 100); r.URL.Path == "/endless"; {
			if _, err := w.Write(p); err != nil {
				return
			}
		}
		z := gzip.NewWriter(w)
		for range 10_000 { // as servers do that send events
			io.WriteString(z, "event")
			z.Flush()
		}
		z.Close()
	})
	n := network(t, Config{Allow: []string{"127.0.0.1:" + port}, Private: []string{"127.0.0.0/8"}})
	if body, err := get(t, n, "http://127.0.0.1:"+port+"/"); len(body) != 50_000 || err != nil {
		t.Errorf("control: %d bytes, %v", len(body), err)
	}
	_, err := get(t, n, "http://127.0.0.1:"+port+"/endless")
	refused(t, "nothing without end", err, false, "Gzip decompression failed.")
}

// One who has as many requests under way as he may does not keep others waiting.
func TestShare(t *testing.T) {
	hang := make(chan struct{})
	_, port := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hang" {
			<-hang
		}
	})
	defer close(hang)
	n := network(t, Config{Allow: []string{"127.0.0.1:" + port}, Private: []string{"127.0.0.0/8"}})
	n.slots = fair.New(4, 3)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{}, 8)
	ask := func(ctx context.Context, path string, key any) error {
		resp, err := n.Do(ctx, &Request{Method: "GET", URL: "http://127.0.0.1:" + port + path, Header: http.Header{}, Whole: -1, Key: key})
		if err == nil {
			resp.Close()
		}
		return err
	}
	for range 8 {
		go func() { ask(ctx, "/hang", "a"); done <- struct{}{} }()
	}
	short, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	soon(t, "control: it has all that it wants", func() bool { return ask(short, "/", "a") != nil })
	if err := ask(t.Context(), "/", "b"); err != nil {
		t.Errorf("another: %v", err)
	}
	cancel()
	for range 8 {
		<-done
	}
}
