package instance_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/instance"
)

// Attacks 71, 72 and 56: everything a child may say instead of the handshake.
func TestHandshake(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, mode string
		want       fault.Verdict
	}{
		{"no such program", "no-start", fault.StartFailed},
		{"nothing", "silent", fault.StartFailed},
		{"ends at once", "exit", fault.StartFailed},
		{"half a line", "half-line", fault.StartFailed},
		{"ten megabytes without an end", "long-line", fault.ProtocolViolation},
		{"binary", "binary", fault.ProtocolViolation},
		{"empty line", "line:", fault.ProtocolViolation},
		{"another address", "line:1|1|unix|/run/docker.sock|grpc", fault.ProtocolViolation},
		{"TCP", "line:1|1|tcp|127.0.0.1:22|grpc", fault.ProtocolViolation},
		{"core version", "line:2|1|unix|facetd|grpc", fault.ProtocolViolation},
		{"negative version", "line:1|-1|unix|facetd|grpc", fault.ProtocolViolation},
		{"overflow", "line:1|99999999999999999999|unix|facetd|grpc", fault.ProtocolViolation},
		{"net/rpc", "line:1|1|unix|facetd|netrpc", fault.ProtocolViolation},
		{"a certificate", "line:1|1|unix|facetd|grpc|" + strings.Repeat("A", 80), fault.ProtocolViolation},
		{"a huge certificate", "line:1|1|unix|facetd|grpc|" + strings.Repeat("QUJD", 20_000), fault.ProtocolViolation},
		{"one field more", "line:1|1|unix|facetd|grpc|", fault.ProtocolViolation},
		{"junk in the seventh field", "line:1|1|unix|facetd|grpc||\x1b[31m", fault.ProtocolViolation},
		{"fields without a value", "line:|||||", fault.ProtocolViolation},
		{"negative core version", "line:-1|1|unix|facetd|grpc", fault.ProtocolViolation},
		{"spaces", "line: 1|1|unix|facetd|grpc", fault.ProtocolViolation},
		{"the right one second", "line:welcome\n1|1|unix|facetd|grpc", fault.ProtocolViolation},
		{"carriage return", "line:1|1|unix|facetd|grpc\r", fault.ProtocolViolation},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := config(t, tt.mode)
			cfg.StartTimeout = patience
			if tt.want == fault.StartFailed { // what takes too long; the rest may be slow
				cfg.StartTimeout = 1500 * time.Millisecond
			}
			i, err := instance.Start(context.Background(), cfg)
			if err == nil {
				i.Kill(fault.New(fault.SupervisorShutdown, "test"))
				<-i.Done()
				t.Fatal("started")
			}
			if got := verdictOf(err); got != tt.want {
				t.Errorf("verdict %v, want %v; error: %v", got, tt.want, err)
			}
			if strings.ContainsAny(err.Error(), "\x00\r\x1b") {
				t.Errorf("raw text of the child in %q", err)
			}
		})
	}
}

// The child serves, but not what it has to.
func TestAssignFailures(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, mode string
		want       fault.Verdict
		text       string
	}{
		{"not HTTP/2", "junk", fault.ProtocolViolation, ""},
		{"several lines", "line:1|1|unix|facetd|grpc\n1|1|unix|facetd|grpc\n1|1|tcp|127.0.0.1:22|grpc", fault.StartFailed, ""},
		{"silence", "no-settings", fault.StartFailed, ""},
		{"never answers", "assign-hang", fault.StartFailed, "construct the class"},
		{"ends", "assign-exit", fault.Crashed, "exit code 4"},
		{"odd status", "assign-status", fault.ProtocolViolation, ""},
		{"too large an answer", "assign-huge", fault.ProtocolViolation, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := config(t, tt.mode)
			cfg.StartTimeout = patience
			if tt.want == fault.StartFailed { // what takes too long; the rest may be slow
				cfg.StartTimeout = 8 * time.Second // enough to start in
			}
			i, err := instance.Start(context.Background(), cfg)
			if err == nil {
				err = i.Assign(context.Background(), instance.Assignment{Facet: "f", Request: &facetv1.AssignRequest{}, Limits: limits})
				<-i.Done()
			}
			if got := verdictOf(err); got != tt.want || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("verdict %v, want %v with %q; error: %v", got, tt.want, tt.text, err)
			}
			if err != nil && (strings.Contains(err.Error(), "\x1b") || !utf8.ValidString(err.Error())) {
				t.Errorf("raw text of the child in %q", err)
			}
		})
	}
}

func TestConstructorThrows(t *testing.T) {
	t.Parallel()
	i, err := instance.Start(t.Context(), config(t, "assign-throw"))
	if err != nil {
		t.Fatal(err)
	}
	err = i.Assign(t.Context(), instance.Assignment{Facet: "f", Request: &facetv1.AssignRequest{}, Limits: limits})
	var remote *fault.RemoteError
	if !errors.As(err, &remote) || remote.Name != "RangeError" || !remote.Reset || remote.Kind != fault.StartError {
		t.Errorf("got %#v", err)
	}
	<-i.Done()
}

func TestStartIsCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	go func() { time.Sleep(50 * time.Millisecond); cancel() }()
	begin := time.Now()
	if _, err := instance.Start(ctx, config(t, "silent")); err == nil || time.Since(begin) > patience/2 {
		t.Errorf("error %v after %v", err, time.Since(begin))
	}
}
