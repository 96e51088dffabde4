package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"github.com/facetd/facetd/sandbox"
	"github.com/facetd/facetd/supervisor"
)

// config turns the flags into a host's configuration.
func (o *serveOptions) config(source source, logger *slog.Logger) (supervisor.Config, error) {
	c := supervisor.Config{Dir: o.data, RunnerPath: o.runner, Limits: o.limits.limits(), Sockets: o.sockets, Buffers: int64(o.buffers), Logger: logger}
	switch o.policy {
	case "hardened":
	case "jit":
		c.JIT = true
	default:
		return c, usageError{fmt.Errorf("--policy %s: expected hardened or jit", o.policy), "facetd serve"}
	}
	for _, name := range o.accept {
		f := sandbox.Feature(name)
		if !f.Known() {
			return c, usageError{fmt.Errorf("--accept-missing %s: no such feature; facetd probe lists them", name), "facetd serve"}
		}
		if !slices.Contains(c.Accept, f) {
			c.Accept = append(c.Accept, f)
		}
	}
	if c.Dir == "" {
		dir, err := defaultData(source)
		if err != nil {
			return c, err
		}
		c.Dir = dir
	}
	logger.Info("data directory", "path", c.Dir)
	return c, nil
}

// defaultData is a directory of this app's own: two apps must not meet in one
// database.
func defaultData(source source) (string, error) {
	state := os.Getenv("STATE_DIRECTORY") // systemd.exec(5)
	if state == "" {
		state = os.Getenv("XDG_STATE_HOME")
	}
	if state == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", errors.New("this user has no home directory to keep the data in; name a directory with --data")
		}
		state = filepath.Join(home, ".local", "state")
	}
	name, path := source.identity()
	sum := sha256.Sum256([]byte(path))
	dir := filepath.Join(state, "facetd", fmt.Sprintf("%s-%s", name, hex.EncodeToString(sum[:6])))
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return "", fmt.Errorf("make the data directory: %w; name another with --data", err)
	}
	return dir, nil
}
