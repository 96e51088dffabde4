package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/facetd/facetd/cmd/facetbench/internal/server"
)

// startPeer serves the program through one object and its facets.
func startPeer(ctx context.Context, cfg config, dir string) (*server.Server, error) {
	return server.Peer(ctx, cfg.peer, filepath.Join(dir, "peer.capnp"), filepath.Join(dir, "peer-data"))
}

// startFacetd serves the program: one facet, and the documented program, by the
// daemon, as a user would run it; many facets through the Go API, in a child
// process of this program.
func startFacetd(ctx context.Context, cfg config, program, dir string, facets int) (*server.Server, error) {
	app, data := filepath.Join(dir, "app.js"), filepath.Join(dir, "data")
	serve := app
	if program == documented {
		serve = dir
	}
	cmd := exec.Command(cfg.facetd, "serve", serve, "--listen", "127.0.0.1:0", "--data", data)
	if facets > 1 && program != documented {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		cmd = exec.Command(self, "-embed", app, "-data", data)
	}
	return server.Facetd(ctx, cmd)
}
