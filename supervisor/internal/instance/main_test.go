package instance_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/instance"
	"github.com/facetd/facetd/supervisor/internal/testpeer"
)

// patience ends a test that hangs, however slow the machine is.
const patience = time.Minute

func TestMain(m *testing.M) {
	testpeer.Main()
	os.Exit(m.Run())
}

func config(t *testing.T, mode string) instance.Config {
	t.Helper()
	dir := t.TempDir()
	t.Cleanup(func() { // go-plugin's directories must be gone, too
		if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
			t.Errorf("left in the temporary directory: %v", left)
		}
	})
	return instance.Config{Launch: testpeer.Launch(mode), TempDir: dir, StartTimeout: patience, StopTimeout: 300 * time.Millisecond}
}

var limits = instance.Limits{
	CPU: 100 * time.Millisecond, Wall: 10 * time.Second, HeaderBytes: 64 << 10, HeaderEntries: 128,
	ResponseBytes: 32 << 20, LogBytes: 64 << 10, LogBurst: 256 << 10,
}

// running starts an instance and ends it with the test.
func running(t *testing.T, mode string, l instance.Limits, log func(int, string, int)) *instance.Instance {
	t.Helper()
	i, err := instance.Start(t.Context(), config(t, mode))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		i.Kill(fault.New(fault.SupervisorShutdown, "the test is over"))
		<-i.Done()
	})
	err = i.Assign(t.Context(), instance.Assignment{
		Facet: "ns/o/f", Request: &facetv1.AssignRequest{ClassName: "App"}, Limits: l, Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// get makes a fetch call without a body and returns the whole answer.
func get(ctx context.Context, i *instance.Instance, path string) (int, string, error) {
	call, err := i.Mux().Fetch(&facetv1.RequestHead{Method: "GET", Url: "http://facet" + path, End: true})
	if err != nil {
		return 0, "", err
	}
	defer call.Cancel(context.Canceled)
	head, err := call.Head(ctx)
	if err != nil {
		return 0, "", err
	}
	var body []byte
	for {
		b, err := call.Next(ctx)
		if err != nil {
			if err.Error() == "EOF" {
				err = nil
			}
			return head.Status, string(body), err
		}
		body = append(body, b...)
	}
}

func verdictOf(err error) fault.Verdict {
	var v *fault.VerdictError
	if errors.As(err, &v) {
		return v.Verdict
	}
	return fault.None
}
