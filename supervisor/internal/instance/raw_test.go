package instance_test

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/instance"
)

// Attacks 73 to 79 below gRPC: a runner that writes HTTP/2 by hand, during a call.
// Each ends that instance in time, with a verdict that it did not choose.
func TestHostileHTTP2(t *testing.T) {
	t.Parallel()
	violation, either := []fault.Verdict{fault.ProtocolViolation}, []fault.Verdict{fault.ProtocolViolation, fault.CPULimit, fault.WallLimit}
	for path, want := range map[string][]fault.Verdict{
		"prefix-2g": violation, "prefix-4g": violation, "prefix-short": violation, "prefix-long": violation, "prefix-flags": violation,
		"compressed": violation, "zero-flood": either, "drip": {fault.WallLimit}, "dribble": violation,
		"half-close": violation, "reset": violation, "status-99": violation, "head-twice": either, "stream-zero": either,
		"other-stream": violation, "even-streams": violation, "push": violation, "reset-storm": violation,
		"settings-flood": violation, "settings-churn": violation, "goaway-storm": violation, "window-storm": violation,
		"priority": violation, "unknown-frame": violation, "continuation": violation, "huge-frame": violation,
		"headers-64k": violation, "trailers": violation,
		"pb-length": violation, "pb-64": violation, "pb-group": violation, "pb-oneof": violation, "pb-many": violation,
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			l := limits
			if len(want) == 1 && want[0] == fault.ProtocolViolation {
				l.CPU, l.Wall = time.Minute, time.Minute // on a slow machine, too, that is what ends it
			} else {
				l.Wall = 4 * time.Second
			}
			i := running(t, "raw", l, nil)
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if status, body, err := get(ctx, i, "/"); status != 200 || body != "hello" || err != nil {
				t.Fatalf("control: %d %q %v", status, body, err)
			}
			_, _, err := get(ctx, i, "/"+path)
			if err == nil {
				t.Error("it was answered")
			}
			select {
			case <-i.Done():
			case <-ctx.Done():
				t.Fatal("it goes on for ever")
			}
			wantVerdict(t, i.Verdict(), want...)
		})
	}
}

func wantVerdict(t *testing.T, v *fault.VerdictError, want ...fault.Verdict) {
	t.Helper()
	for _, w := range want {
		if v.Verdict == w {
			if text := v.Error(); strings.ContainsAny(text, "\x00\x1b\r\n") || !utf8.ValidString(text) || len(text) > 2000 {
				t.Errorf("raw text of the child in %q", text)
			}
			return
		}
	}
	t.Errorf("verdict %v, want one of %v", v, want)
}

// What a library does not know is skipped, however deep; an odd enumeration is a
// plain exception. The instance goes on, and its text crosses as text.
func TestOddMessages(t *testing.T) {
	t.Parallel()
	i := running(t, "raw", limits, nil)
	if _, body, err := get(t.Context(), i, "/pb-unknown"); body != "known" || err != nil {
		t.Errorf("unknown fields: %q %v", body, err)
	}
	if _, _, err := get(t.Context(), i, "/pb-enum"); err == nil || !utf8.ValidString(err.Error()) {
		t.Errorf("odd enumeration: %v", err)
	}
	if _, body, err := get(t.Context(), i, "/"); body != "hello" || err != nil {
		t.Errorf("afterwards: %q %v", body, err)
	}
}

// A runner that gives no room for what is said to it is ended by the wall limit;
// calls are not queued for it without end.
func TestShutWindow(t *testing.T) {
	t.Parallel()
	l := limits
	l.Wall = 4 * time.Second
	i := running(t, "raw", l, nil)
	if _, body, err := get(t.Context(), i, "/shut"); body != "shut" || err != nil {
		t.Fatalf("%q %v", body, err)
	}
	if _, _, err := get(t.Context(), i, "/"); err == nil {
		t.Error("answered through a closed window")
	}
	select {
	case <-i.Done():
		wantVerdict(t, i.Verdict(), fault.WallLimit)
	case <-time.After(patience):
		t.Fatal("it goes on for ever")
	}
}

// Attacks 73, 74 and 77: answers to a control call, below gRPC. What a quarter of
// a gigabyte of zeros was pressed into is not unpacked.
func TestHostileReplies(t *testing.T) {
	for mode, want := range map[string]fault.Verdict{
		"gzip-empty": fault.ProtocolViolation, "gzip-bomb": fault.ProtocolViolation, "unknown-coding": fault.ProtocolViolation, "deflate": fault.ProtocolViolation,
		"status-minus": fault.ProtocolViolation, "status-99": fault.ProtocolViolation, "status-text": fault.ProtocolViolation, "status-over": fault.ProtocolViolation,
		"message-utf8": fault.ProtocolViolation, "details": fault.ProtocolViolation, "headers-64k": fault.ProtocolViolation, "trailers-10k": fault.ProtocolViolation,
		"no-status": fault.ProtocolViolation, "two-messages": fault.ProtocolViolation, "no-message": fault.ProtocolViolation, "html": fault.ProtocolViolation,
		"http-500": fault.ProtocolViolation, "http-junk": fault.ProtocolViolation, "reply-2g": fault.ProtocolViolation, "reset": fault.ProtocolViolation,
		"goaway": fault.ProtocolViolation, "zero-window": fault.StartFailed,
	} {
		t.Run(mode, func(t *testing.T) {
			bomb := strings.HasPrefix(mode, "gzip") // one at a time: memory is counted
			if !bomb {
				t.Parallel()
			}
			cfg := config(t, "raw:"+mode)
			cfg.StartTimeout = 5 * patience // most are ended by what they say, however slowly they make it
			if want == fault.StartFailed {
				cfg.StartTimeout = 8 * time.Second // enough to start in
			}
			i, err := instance.Start(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err = i.Assign(t.Context(), instance.Assignment{Facet: "f", Request: &facetv1.AssignRequest{}, Limits: limits})
			runtime.ReadMemStats(&after)
			if err == nil {
				t.Error("accepted")
				i.Kill(fault.New(fault.SupervisorShutdown, "test"))
			}
			<-i.Done()
			wantVerdict(t, i.Verdict(), want)
			if n := after.TotalAlloc - before.TotalAlloc; bomb && n > 32<<20 {
				t.Errorf("%d MiB were allocated", n>>20)
			}
		})
	}
}

// What a runner repeats about itself is taken at a bounded rate.
func TestRepetitions(t *testing.T) {
	t.Parallel()
	i, err := instance.Start(t.Context(), config(t, "raw"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { i.Kill(fault.New(fault.SupervisorShutdown, "the test is over")); <-i.Done() }()
	said := 0
	l := limits
	l.Wall, l.CPU = time.Minute, time.Minute
	err = i.Assign(t.Context(), instance.Assignment{Facet: "f", Request: &facetv1.AssignRequest{}, Limits: l, Alarm: func(int64) { said++ }})
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if _, body, err := get(t.Context(), i, "/alarms"); body != "said" || err != nil || said != 50_000 {
		t.Fatalf("control: %q %v, said %d times", body, err, said)
	}
	if took := time.Since(begin); took < time.Second { // 20 000 at once, then as many a second
		t.Errorf("all of it was taken within %v", took)
	}
}
