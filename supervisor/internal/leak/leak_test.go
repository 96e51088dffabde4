package leak

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

const env = "FACETD_LEAK_TEST"

func TestMain(m *testing.M) {
	if os.Getenv(env) == "slow" {
		go time.Sleep(2 * time.Second) // longer than goleak waits
	}
	Main(m, nil)
}

// A goroutine that ends late is none that was left behind.
func TestWaits(t *testing.T) {
	if os.Getenv(env) != "" {
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestWaits$")
	cmd.Env = append(os.Environ(), env+"=slow")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// Control: one that does not end is seen.
func TestFinds(t *testing.T) {
	stop := make(chan struct{})
	defer close(stop)
	go func() { <-stop }()
	if err := find(time.Second); err == nil || !strings.Contains(err.Error(), "leak.TestFinds") {
		t.Errorf("%v", err)
	}
}
