package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"
)

// result is one round of load.
type result struct {
	requests  int
	elapsed   time.Duration
	latencies []time.Duration // sorted
}

func (r result) perSecond() float64 { return float64(r.requests) / r.elapsed.Seconds() }

// load keeps the connections busy for the given time, each going through the
// paths in turn, one request at a time. Any answer but 200 is an error.
func load(ctx context.Context, addr string, paths []string, connections int, d time.Duration) (result, error) {
	clients := make([]*client, connections)
	for i := range clients {
		c, err := dial(addr)
		if err != nil {
			return result{}, err
		}
		defer c.conn.Close()
		clients[i] = c
	}
	requests := make([][]byte, len(paths))
	for i, p := range paths {
		requests[i] = request(addr, p)
	}

	parts := make([]result, connections)
	errs := make([]error, connections)
	var wg sync.WaitGroup
	start := time.Now()
	end := start.Add(d)
	for i, c := range clients {
		wg.Go(func() {
			parts[i], errs[i] = c.drive(ctx, requests, i, end)
		})
	}
	wg.Wait()
	total := result{elapsed: time.Since(start)}
	for _, p := range parts {
		total.requests += p.requests
		total.latencies = append(total.latencies, p.latencies...)
	}
	slices.Sort(total.latencies)
	return total, errors.Join(errs...)
}

// drive sends requests over one connection until the end, beginning at its own
// place in the list so that connections spread over the facets.
func (c *client) drive(ctx context.Context, requests [][]byte, place int, end time.Time) (result, error) {
	// A server that stopped answering must not hang the measurement.
	if err := c.conn.SetDeadline(end.Add(15 * time.Second)); err != nil {
		return result{}, err
	}
	r := result{latencies: make([]time.Duration, 0, 1<<14)}
	for sent := time.Now(); sent.Before(end) && ctx.Err() == nil; {
		if _, err := c.do(requests[place%len(requests)]); err != nil {
			return r, fmt.Errorf("after %d requests: %w", r.requests, err)
		}
		now := time.Now()
		r.latencies = append(r.latencies, now.Sub(sent))
		r.requests++
		place++
		sent = now
	}
	return r, ctx.Err()
}

// visited is what a visit of all facets found.
type visited struct {
	sum       int             // of the answers that are numbers
	latencies []time.Duration // sorted
}

// visit asks every path once: before the rounds, so that none pays for starting
// facets, and after them. After a counting program's rounds the sum is how many
// of the requests are stored.
func visit(ctx context.Context, addr string, paths []string) (visited, error) {
	var v visited
	c, err := dial(addr)
	if err != nil {
		return v, err
	}
	defer c.conn.Close()
	if err := c.conn.SetDeadline(time.Now().Add(60 * time.Second)); err != nil {
		return v, err
	}
	for _, p := range paths {
		sent := time.Now()
		body, err := c.do(request(addr, p))
		if err != nil {
			return v, fmt.Errorf("%s: %w", p, err)
		}
		v.latencies = append(v.latencies, time.Since(sent))
		if n, err := strconv.Atoi(string(bytes.TrimSpace(body))); err == nil {
			v.sum += n
		}
		if err := ctx.Err(); err != nil {
			return v, err
		}
	}
	slices.Sort(v.latencies)
	return v, nil
}

// percentile returns the value that p (0 to 1) of the sorted ones do not exceed.
func percentile(sorted []time.Duration, p float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(p*float64(len(sorted))), len(sorted)-1)]
}
