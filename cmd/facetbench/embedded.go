package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/facetd/facetd/supervisor"
)

// serveEmbedded is the child mode: one object whose facet is named by the path,
// through the Go API, as a program that embeds facetd would do it.
func serveEmbedded(ctx context.Context, cfg config, stderr io.Writer) (err error) {
	source, err := os.ReadFile(cfg.embed)
	if err != nil {
		return err
	}
	host, err := supervisor.Open(ctx, supervisor.Config{Dir: cfg.data})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, host.Close()) }()

	code := func(context.Context) (supervisor.WorkerCode, error) {
		return supervisor.WorkerCode{
			CompatibilityDate: "2026-04-01",
			MainModule:        "worker.js",
			Modules:           map[string]supervisor.Module{"worker.js": supervisor.JS(string(source))},
		}, nil
	}
	start := func(context.Context) (supervisor.StartupOptions, error) {
		return supervisor.StartupOptions{Class: host.Loader().Get("program-v1", code).Class("App")}, nil
	}
	facets := host.Object("Bench", "my-app").Facets()
	mux := http.NewServeMux()
	mux.HandleFunc("/{name}", func(w http.ResponseWriter, r *http.Request) {
		facets.Get(r.PathValue("name"), start).ServeHTTP(w, r)
	})

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	fmt.Fprintf(stderr, "listening on http://%s\n", listener.Addr())
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	deadline, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return server.Shutdown(deadline)
}
