//go:build linux && amd64

package main

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	// victimClients ask without a pause.
	victimClients = 2
	// patience is how long a request of the victim is waited for.
	patience = 2 * time.Second
)

// watch asks the victim until ctx ends.
func watch(ctx context.Context, addr string) felt {
	var (
		mu         sync.Mutex
		times      []time.Duration
		unanswered int
		all        sync.WaitGroup
	)
	for range victimClients {
		all.Go(func() {
			c := newClient()
			defer c.CloseIdleConnections()
			for ctx.Err() == nil {
				begin := time.Now()
				status, _ := get(context.WithoutCancel(ctx), c, addr, "victim", patience)
				took := time.Since(begin)
				mu.Lock()
				if status == http.StatusOK {
					times = append(times, took)
				} else {
					unanswered++
				}
				mu.Unlock()
				if status == 0 && took < patience {
					pause(ctx) // it refuses connections: do not spin
				}
			}
		})
	}
	all.Wait()
	return summarise(times, unanswered)
}

func newClient() *http.Client { return &http.Client{Transport: &http.Transport{}} }

// get asks a tenant and reads the answer to its end. Status 0 is no answer.
func get(ctx context.Context, c *http.Client, addr, path string, within time.Duration) (status int, body string) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/"+path, nil)
	if err != nil {
		return 0, ""
	}
	resp, err := c.Do(req)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return 0, ""
	}
	return resp.StatusCode, string(b)
}

func pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(20 * time.Millisecond):
	}
}
