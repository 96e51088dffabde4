package instance_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/instance"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

// Attacks 73, 75, 76, 80, 84, 86, 91: what a taken-over runner may answer. Each
// ends that instance, and only it, with the right verdict.
func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		path string
		want fault.Verdict
	}{
		{"status-0", fault.ProtocolViolation},
		{"status-99", fault.ProtocolViolation},
		{"status-101", fault.ProtocolViolation},
		{"status-999", fault.ProtocolViolation},
		{"header-crlf", fault.ProtocolViolation},
		{"header-name", fault.ProtocolViolation},
		{"header-odd", fault.ProtocolViolation},
		{"header-cut", fault.ProtocolViolation},
		{"two-heads", fault.ProtocolViolation},
		{"chunk-first", fault.ProtocolViolation},
		{"never-opened", fault.ProtocolViolation},
		{"even-call", fault.ProtocolViolation},
		{"call-zero", fault.ProtocolViolation},
		{"no-kind", fault.ProtocolViolation},
		{"rpc-result", fault.ProtocolViolation},
		{"host-call", fault.ProtocolViolation},
		{"credit", fault.ProtocolViolation},
		{"overrun", fault.ProtocolViolation},
		{"huge", fault.ProtocolViolation},
		{"broken-empty", fault.ProtocolViolation},
		{"close", fault.ProtocolViolation},
		{"exit", fault.Crashed},
		{"panic", fault.Crashed},
		{"broken-abort", fault.Aborted},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			t.Parallel()
			l := limits
			l.CPU = time.Minute // on a slow machine, too, the violation is what ends it
			i := running(t, "ok", l, nil)
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			// Positive control: the same instance answers before.
			if status, body, err := get(ctx, i, "/"); status != 200 || body != "hello" || err != nil {
				t.Fatalf("before: %d %q %v", status, body, err)
			}
			_, _, err := get(ctx, i, "/"+tt.path)
			if tt.path == "overrun" || tt.path == "two-heads" {
				// The head may have been read before the violation came.
				select {
				case <-i.Done():
					err = i.Verdict()
				case <-ctx.Done():
				}
			}
			if got := verdictOf(err); got != tt.want {
				t.Errorf("verdict %v, want %v; error: %v", got, tt.want, err)
			}
			select {
			case <-i.Done():
			case <-ctx.Done():
				t.Fatal("the process outlived its verdict")
			}
			if _, _, err := get(ctx, i, "/"); verdictOf(err) != tt.want {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// A frame after the end of its call is a violation of its own; the call itself
// has been answered.
func TestFrameAfterEnd(t *testing.T) {
	t.Parallel()
	i := running(t, "ok", limits, nil)
	if _, body, err := get(t.Context(), i, "/after-end"); body != "x" && verdictOf(err) != fault.ProtocolViolation {
		t.Errorf("%q %v", body, err)
	}
	<-i.Done()
	if got := i.Verdict(); got.Verdict != fault.ProtocolViolation {
		t.Error(got)
	}
}

// What the application does wrong ends its call, not the instance.
func TestApplicationErrors(t *testing.T) {
	t.Parallel()
	i := running(t, "ok", limits, nil)
	tests := []struct {
		path string
		want error
	}{
		{"/header-many", fault.ErrResponseTooLarge},
		{"/header-big", fault.ErrResponseTooLarge},
		{"/large", fault.ErrResponseTooLarge},
		{"/cpu", fault.ErrCallCPU},
	}
	for _, tt := range tests {
		if _, _, err := get(t.Context(), i, tt.path); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", tt.path, err)
		}
	}
	var remote *fault.RemoteError
	if _, _, err := get(t.Context(), i, "/throw"); !errors.As(err, &remote) || remote.Name != "RangeError" || remote.Message != "boom" || !remote.Remote {
		t.Errorf("throw: %v", err)
	}
	if _, err := i.Mux().Call(t.Context(), wire.Method{Name: "nope", Args: []byte("J[]")}); !errors.As(err, &remote) || remote.Kind != fault.NoHandler {
		t.Errorf("nope: %v", err)
	}
	if _, body, err := get(t.Context(), i, "/"); body != "hello" || err != nil {
		t.Errorf("afterwards: %q %v", body, err)
	}
}

// Attack 91: the answer to a cancelled call goes nowhere.
func TestLateAnswer(t *testing.T) {
	t.Parallel()
	i := running(t, "ok", limits, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, _, err := get(ctx, i, "/late-answer"); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	for range 20 {
		if _, body, err := get(t.Context(), i, "/slow"); body != "late" || err != nil {
			t.Fatalf("%q %v", body, err)
		}
	}
}

func TestCPULimit(t *testing.T) {
	t.Parallel()
	i := running(t, "ok", limits, nil)
	begin := time.Now()
	_, _, err := get(t.Context(), i, "/spin")
	if verdictOf(err) != fault.CPULimit {
		t.Fatal(err)
	}
	if took := time.Since(begin); took < 500*time.Millisecond {
		t.Errorf("took %v", took)
	}
}

func TestWallLimit(t *testing.T) {
	t.Parallel()
	l := limits
	l.Wall = 200 * time.Millisecond
	i := running(t, "ok", l, nil)
	if _, _, err := get(t.Context(), i, "/never"); !errors.Is(err, fault.ErrCallWall) {
		t.Fatal(err)
	}
	// Nothing else progresses, so the instance goes, too.
	<-i.Done()
	if got := i.Verdict().Verdict; got != fault.WallLimit {
		t.Error(got)
	}
}

func TestWallLimitSparesTheLively(t *testing.T) {
	t.Parallel()
	l := limits
	l.Wall = 4 * time.Second // far above what a call takes on a slow machine
	i := running(t, "ok", l, nil)
	if _, _, err := get(t.Context(), i, "/never"); !errors.Is(err, fault.ErrCallWall) {
		t.Fatal(err)
	}
	for end := time.Now().Add(1500 * time.Millisecond); time.Now().Before(end); {
		if _, _, err := get(t.Context(), i, "/slow"); err != nil {
			t.Fatal(err)
		}
	}
}

// A runner that stops reading blocks nobody for longer than the wall limit.
func TestDeaf(t *testing.T) {
	t.Parallel()
	l := limits
	l.Wall = 300 * time.Millisecond
	i := running(t, "ok", l, nil)
	errs := make(chan error, 100)
	deaf, err := i.Mux().Fetch(&facetv1.RequestHead{Method: "GET", Url: "http://f/deaf", End: true})
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, err := deaf.Head(t.Context()); errs <- err }()
	big := string(make([]byte, 200<<10))
	for range 99 {
		go func() {
			call, err := i.Mux().Fetch(&facetv1.RequestHead{Method: "POST", Url: "http://f/", HasBody: true, Body: []byte(big), End: true})
			if err == nil {
				_, err = call.Head(t.Context())
			}
			errs <- err
		}()
	}
	for range 100 {
		select {
		case err := <-errs:
			if err == nil {
				t.Error("answered")
			}
		case <-time.After(patience):
			t.Fatal("a caller is stuck")
		}
	}
	<-i.Done()
}

func TestStopHangs(t *testing.T) {
	t.Parallel()
	i := running(t, "stop-hang", limits, nil)
	begin := time.Now()
	i.Stop(t.Context(), fault.New(fault.Hibernated, "idle"))
	if took := time.Since(begin); took > patience {
		t.Errorf("took %v", took)
	}
	if got := i.Verdict().Verdict; got != fault.Hibernated {
		t.Error(got)
	}
}

// Attack 83 and 63: what a child logs is text, bounded, and never a level or a
// field of ours.
func TestLogs(t *testing.T) {
	t.Parallel()
	var lines, bytes, dropped atomic.Int64
	var forged atomic.Bool
	i := running(t, "forge-log", limits, func(level int, text string, lost int) {
		lines.Add(1)
		bytes.Add(int64(len(text)))
		dropped.Add(int64(lost))
		if level < -1 || level > 4 {
			t.Errorf("level %d", level)
		}
		if strings.Contains(text, "other-tenant") && level == -1 {
			forged.Store(true) // as text it may come through
		}
	})
	if _, body, err := get(t.Context(), i, "/log"); body != "logged" || err != nil {
		t.Fatalf("%q %v", body, err)
	}
	if n := bytes.Load(); n > int64(limits.LogBurst)+int64(limits.LogBytes)*10 || n < 100_000 {
		t.Errorf("%d bytes of log came through", n)
	}
	for end := time.Now().Add(patience); !forged.Load(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the process's own output did not come through")
		}
	}
}

func TestEndsWithAHostileFlood(t *testing.T) {
	t.Parallel()
	cfg := config(t, "frame-flood")
	cfg.StartTimeout = time.Second
	i, err := instance.Start(t.Context(), cfg)
	if err == nil {
		err = i.Assign(t.Context(), instance.Assignment{Facet: "f", Request: &facetv1.AssignRequest{}, Limits: limits})
		<-i.Done()
	}
	if v := verdictOf(err); v != fault.StartFailed && v != fault.ProtocolViolation {
		t.Error(err)
	}
}

// Attack 78: HTTP/2 frames that gRPC handles by itself, without end.
func TestPingFlood(t *testing.T) {
	t.Parallel()
	i := running(t, "ok", limits, nil)
	if _, body, err := get(t.Context(), i, "/ping-flood"); body != "calm" {
		t.Fatal(body, err)
	}
	select {
	case <-i.Done():
	case <-time.After(patience):
		t.Fatal("the flood goes on")
	}
	if v := i.Verdict(); v.Verdict != fault.ProtocolViolation && v.Verdict != fault.CPULimit {
		t.Error(v)
	}
}

// The same while a call is under way. Answers to pings, which nothing has to
// answer: the flood is not slowed by its own replies.
func TestPingFloodDuringACall(t *testing.T) {
	t.Parallel()
	l := limits
	l.CPU = time.Minute // only the flood itself may end it
	i := running(t, "ok", l, nil)
	_, _, err := get(t.Context(), i, "/ping-flood-busy")
	if verdictOf(err) != fault.ProtocolViolation {
		t.Error(err)
	}
	<-i.Done()
}
