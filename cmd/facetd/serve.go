package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/facetd/facetd/supervisor"
)

const (
	// The one object and facet that serve runs. They are part of the path of the
	// app's database: renaming them would lose it.
	serveNamespace, serveObject, serveFacet = "Serve", "default", "app"

	// drainTimeout bounds how long a stopping daemon waits for requests that are
	// under way.
	drainTimeout = 10 * time.Second
	// Timeouts of the listener; the gateway bounds the rest of a request.
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 120 * time.Second
)

type serveOptions struct {
	listen  string
	data    string
	class   string
	runner  string
	policy  string
	verbose bool
	accept  []string
	sockets int
	buffers byteSize
	limits  limitFlags

	out     outboundFlags
	network *supervisor.Network // what out says
}

func serveCommand() *cobra.Command {
	var o serveOptions
	c := &cobra.Command{
		Use:   "serve PATH",
		Short: "Serve one app or project over HTTP",
		Long: `Serve what is at PATH.

A project is a folder with a wrangler.jsonc, wrangler.json or wrangler.toml: the
default export of its main module answers the requests, and its classes are
Durable Objects that can run facets and load code.

An app is a JavaScript or TypeScript file or a folder with an entry file (app.ts,
app.js, index.ts, index.js, …). It runs as one facet with its own database. It
exports a class that extends DurableObject from "cloudflare:workers"; its
fetch method answers the requests. With several such classes choose one with
--class.

Ctrl-C (SIGINT) or SIGTERM stops accepting, lets requests under way finish for up
to 10 seconds, and exits 0; a second one ends at once. No acknowledged write is
lost either way.`,
		Example: `  facetd serve app.js
  facetd serve ./my-project
  facetd serve ./my-app --class App --listen 127.0.0.1:8787 --data /var/lib/my-app`,
		Args: oneArg("the path of the app"),
		RunE: func(c *cobra.Command, args []string) error {
			return serve(c.Context(), args[0], o, c.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.SortFlags = false
	f.StringVar(&o.listen, "listen", "127.0.0.1:8787", "`address` to listen on; port 0 takes a free one")
	f.StringVar(&o.data, "data", "", "`directory` of the databases; created if missing (default: a directory of this app's own under the user's state directory)")
	f.StringVar(&o.class, "class", "", "exported class to run, where there are several")
	f.StringVar(&o.policy, "policy", "hardened", "sandbox policy: hardened (no JIT, no executable mappings) or jit")
	f.StringVar(&o.runner, "runner", "", "`path` of facet-runner (default: beside facetd, then in $PATH)")
	f.StringSliceVar(&o.accept, "accept-missing", nil, "sandbox `features` this host may lack; see facetd probe")
	o.out.register(f)
	o.limits.register(f)
	f.IntVar(&o.sockets, "host-websockets", 0, "WebSockets of all facets together (default 16384)")
	f.Var(&o.buffers, "host-buffers", "memory that the daemon keeps for all facets together (default an eighth of the machine's)")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "log every start and end of a facet")
	return c
}

func serve(ctx context.Context, path string, o serveOptions, stderr io.Writer) error {
	ctx, stop := notifyStop(ctx, stderr)
	defer stop()
	level := slog.LevelInfo
	if o.verbose {
		level = slog.LevelDebug
	}
	logger := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))

	source, err := readSource(path, o)
	if err != nil {
		return err
	}
	config, err := o.config(source, logger)
	if err != nil {
		return err
	}
	if o.network, err = o.out.network(); err != nil {
		return err
	}
	// Listening comes before anything is created on disk: a port in use is the
	// commonest mistake.
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return listenError(o.listen, err)
	}
	defer listener.Close()

	host, err := supervisor.Open(ctx, config)
	if err != nil {
		return acceptHint(err)
	}
	served := serveOn(ctx, host, listener, source, o, stderr)
	closing, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	if err := host.Shutdown(closing); err != nil && served == nil {
		served = fmt.Errorf("stop: %w", err)
	}
	return served
}

func serveOn(ctx context.Context, host *supervisor.Host, listener net.Listener, source source, o serveOptions, stderr io.Writer) error {
	handler, about, err := source.open(ctx, host, o)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		IdleTimeout:       idleTimeout,
		ErrorLog:          slog.NewLogLogger(slog.NewTextHandler(stderr, nil), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(supervisor.Listener(listener)) }()
	fmt.Fprintln(stderr, about)
	fmt.Fprintf(stderr, "listening on http://%s\n", listener.Addr())

	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		fmt.Fprintf(stderr, "facetd: requests still under way after %s are cut off\n", drainTimeout)
		server.Close()
	}
	return nil
}

// notifyStop returns a context that ends at the first SIGINT or SIGTERM; a second
// signal ends the process at once. Facets are children of this process and end
// with it; what they acknowledged is on disk.
func notifyStop(parent context.Context, stderr io.Writer) (context.Context, func()) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		select {
		case <-signals:
			fmt.Fprintln(stderr, "stopping; a second signal ends at once")
			cancel()
		case <-done:
			return
		}
		select {
		case <-signals:
			os.Exit(1)
		case <-done:
		}
	}()
	return ctx, func() { signal.Stop(signals); close(done); cancel() }
}

func listenError(address string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s is in use by another program; stop it, or choose another address with --listen (port 0 takes a free one)", address)
	}
	if errors.Is(err, syscall.EACCES) {
		return fmt.Errorf("this user may not listen on %s; choose a port above 1023 with --listen", address)
	}
	return fmt.Errorf("--listen %s: %w", address, err)
}
