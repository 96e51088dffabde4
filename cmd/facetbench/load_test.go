package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/facetd/facetd/cmd/facetbench/internal/server"
)

// countingServer answers the number of requests so far, in the given form, and
// from the failAfter-th on with an error (0: never).
func countingServer(t *testing.T, chunked bool, failAfter int64) (addr string, served *atomic.Int64) {
	t.Helper()
	served = new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := served.Add(1)
		if failAfter > 0 && n > failAfter {
			http.Error(w, "no more", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintf(w, "%d", n)
		if chunked {
			w.(http.Flusher).Flush()
		}
		fmt.Fprint(w, "\n")
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://"), served
}

func TestLoadCountsEveryAnswer(t *testing.T) {
	for _, c := range []struct {
		name        string
		connections int
		chunked     bool
	}{
		{"one connection", 1, false},
		{"eight connections", 8, false},
		{"chunked answers", 3, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			addr, served := countingServer(t, c.chunked, 0)
			r, err := load(t.Context(), addr, []string{"/a", "/b"}, c.connections, time.Second)
			if err != nil {
				t.Fatal(err)
			}
			if r.requests < c.connections || int64(r.requests) != served.Load() || len(r.latencies) != r.requests {
				t.Errorf("%d requests and %d latencies for %d served", r.requests, len(r.latencies), served.Load())
			}
			if p50, p99 := percentile(r.latencies, 0.5), percentile(r.latencies, 0.99); p50 <= 0 || p50 > p99 {
				t.Errorf("p50 %v, p99 %v", p50, p99)
			}
		})
	}
}

func TestLoadReportsBadAnswers(t *testing.T) {
	addr, _ := countingServer(t, false, 5)
	_, err := load(t.Context(), addr, []string{"/"}, 1, time.Minute)
	if err == nil || !strings.Contains(err.Error(), "after 5 requests") || !strings.Contains(err.Error(), "503") {
		t.Errorf("error %v, want one that tells of status 503 after 5 requests", err)
	}
}

func TestLoadEndsWithTheContext(t *testing.T) {
	addr, _ := countingServer(t, false, 0)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := load(ctx, addr, []string{"/"}, 2, time.Hour); err == nil {
		t.Error("no error from a load that was cut short")
	}
}

func TestVisitSums(t *testing.T) {
	addr, _ := countingServer(t, false, 0)
	v, err := visit(t.Context(), addr, []string{"/a", "/b", "/c"})
	if err != nil || v.sum != 1+2+3 || len(v.latencies) != 3 {
		t.Errorf("visit = %+v, %v; want the sum 6 of 3 answers", v, err)
	}
}

func TestCheckSumFindsALostWrite(t *testing.T) {
	for _, c := range []struct {
		stored int
		ok     bool
	}{{11, true}, {10, false}, {12, false}} {
		s := &subject{Server: &server.Server{Name: "x"}, acknowledged: 10}
		if err := s.checkSum(c.stored, 1); (err == nil) != c.ok {
			t.Errorf("stored %d after 10 answers and one visit: %v", c.stored, err)
		}
	}
}
