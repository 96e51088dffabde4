package supervisor

import (
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// The configuration for nginx that docs/operations.md prints carries requests and
// WebSockets.
func TestBehindNginx(t *testing.T) {
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		const reason = "needs nginx in $PATH; .ci/proxies fetches it"
		if os.Getenv("FACETD_MUST_WORK") == "1" {
			t.Fatal(reason)
		}
		t.Skip(reason)
	}
	page, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)```nginx\n(.*?)```").FindSubmatch(page)
	if m == nil {
		t.Fatal("docs/operations.md has no configuration for nginx")
	}
	h := peerHost(t, "ok", nil)
	s := httptest.NewServer(h.Object("NS", "o").Facets().Get("app", startAny(h)))
	defer s.Close()
	// An address of this process alone: a port of 127.0.0.1 that was free a moment ago
	// may be somebody else's by the time nginx listens.
	pid := os.Getpid()
	front := fmt.Sprintf("127.%d.%d.%d:8080", 1+pid>>16&0x7f, pid>>8&0xff, pid&0xff)
	site := strings.NewReplacer("listen 443 ssl;", "listen "+front+";", "127.0.0.1:8787", s.Listener.Addr().String()).Replace(string(m[1]))
	if strings.Contains(site, "8787") || strings.Contains(site, "443") {
		t.Fatalf("the configuration has changed:\n%s", site)
	}
	dir, err := os.MkdirTemp("/tmp", "facetd-nginx-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	conf := filepath.Join(dir, "nginx.conf")
	text := fmt.Sprintf("daemon off; master_process off; pid %[1]s/pid; error_log %[1]s/error.log;\nevents {}\nhttp {\naccess_log off; client_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;\n%[2]s\n}\n", dir, site)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(nginx, "-p", dir, "-e", filepath.Join(dir, "error.log"), "-c", conf)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGQUIT)
		if !waited(cmd, patience) {
			t.Error("nginx does not stop")
		}
	}()
	eventually(t, "nginx listens", func() bool {
		c, err := net.Dial("tcp", front)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	proxy := &httptest.Server{URL: "http://" + front}
	c := dial(t, proxy, "/ws")
	c.say("through the proxy")
	c.hear("through the proxy")
	if err := c.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(4000, "")); err != nil {
		t.Fatal(err)
	}
	c.ends(4000, "")
}

// waited waits for a process, and kills it when it takes too long.
func waited(cmd *exec.Cmd, patience time.Duration) bool {
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }() // its status says nothing here
	select {
	case <-done:
		return true
	case <-time.After(patience):
		_ = cmd.Process.Kill()
		<-done
		return false
	}
}
