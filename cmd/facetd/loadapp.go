package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/facetd/facetd/supervisor"
)

// maxStackLines bounds what is shown of a stack.
const maxStackLines = 10

// compatibilityDate is given to apps that are served without a project file.
const compatibilityDate = "2026-04-01"

// loadApp bundles the app in a sandbox and chooses its class.
func loadApp(ctx context.Context, host *supervisor.Host, source *app, o serveOptions) (*supervisor.Worker, string, error) {
	worker, classes, err := inspect(ctx, host, source, o.outbound())
	var build *supervisor.BuildError
	if errors.As(err, &build) && source.single && build.MissingModule() {
		if err := source.readFolder(); err != nil {
			return nil, "", err
		}
		worker, classes, err = inspect(ctx, host, source, o.outbound())
	}
	if err != nil {
		return nil, "", explain(source.main, err)
	}
	class, err := chooseClass(source.main, classes, o.class)
	return worker, class, err
}

// explain adds to the error of a module that was evaluated what the operator, not
// a client, may see: where it was thrown.
func explain(file string, err error) error {
	var remote *supervisor.RemoteError
	if errors.As(err, &remote) && remote.Stack != "" {
		lines := strings.SplitN(remote.Stack, "\n", maxStackLines+1)
		return fmt.Errorf("%w\n%s", err, strings.Join(lines[:min(len(lines), maxStackLines)], "\n"))
	}
	if errors.Is(err, supervisor.ErrCallCPU) {
		return fmt.Errorf("evaluate %s: %w; allow more with --cpu-time", file, err)
	}
	return err
}

func inspect(ctx context.Context, host *supervisor.Host, source *app, out supervisor.Outbound) (*supervisor.Worker, []string, error) {
	worker := host.Loader().Load(supervisor.WorkerCode{
		CompatibilityDate: compatibilityDate,
		MainModule:        source.main,
		Modules:           source.modules,
		GlobalOutbound:    out,
	})
	classes, err := worker.Classes(ctx)
	return worker, classes, err
}

func chooseClass(file string, classes []string, wanted string) (string, error) {
	const example = `import { DurableObject } from "cloudflare:workers"; export class App extends DurableObject { fetch(request) { return new Response("hello"); } }`
	if len(classes) == 0 {
		return "", fmt.Errorf("%s exports no class that extends DurableObject; it needs one, such as: %s", file, example)
	}
	list := strings.Join(classes, ", ")
	if wanted != "" {
		for _, c := range classes {
			if c == wanted {
				return c, nil
			}
		}
		return "", fmt.Errorf("%s exports no class %s that extends DurableObject; it exports %s", file, wanted, list)
	}
	if len(classes) > 1 {
		return "", fmt.Errorf("%s exports several classes that extend DurableObject (%s); choose one with --class", file, list)
	}
	return classes[0], nil
}
