package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/facetd/facetd/supervisor"
	"github.com/facetd/facetd/supervisor/project"
)

// maxRounds bounds how often a project is bundled again because packages were
// missing: each round adds those that the files of the last one import.
const maxRounds = 30

// projectSource is a folder with a wrangler file.
type projectSource struct {
	*project.Project
	modules map[string]supervisor.Module
	config  string // the configuration's path as the user would name it
}

func readProject(dir string) (*projectSource, error) {
	p, err := project.Read(dir)
	if err != nil {
		return nil, err
	}
	s := &projectSource{Project: p, config: filepath.Join(dir, p.File)}
	s.modules, err = p.Modules()
	return s, err
}

func (s *projectSource) identity() (name, path string) { return s.Name, s.Dir }

func (s *projectSource) open(ctx context.Context, host *supervisor.Host, o serveOptions) (http.Handler, string, error) {
	worker, err := s.build(ctx, host)
	if err != nil {
		return nil, "", err
	}
	exports, err := worker.Exports(ctx)
	if err != nil {
		return nil, "", explain(s.Main, err)
	}
	if err := s.checkExports(exports); err != nil {
		return nil, "", err
	}
	p, err := host.OpenProject(ctx, s.hostConfig(worker, o.outbound()))
	if err != nil {
		return nil, "", fmt.Errorf("open the project: %w", err)
	}
	return p, s.about(), nil
}

// build bundles the project, adding what the sandboxed bundler misses.
func (s *projectSource) build(ctx context.Context, host *supervisor.Host) (*supervisor.Worker, error) {
	for round := 1; ; round++ {
		worker := host.Loader().Load(supervisor.WorkerCode{
			CompatibilityDate: s.CompatibilityDate, CompatibilityFlags: s.CompatibilityFlags,
			MainModule: s.Main, Modules: s.modules, Packages: true, Links: s.Links(), Env: s.Vars,
		})
		err := worker.Prepare(ctx)
		var build *supervisor.BuildError
		if err == nil || !errors.As(err, &build) || !build.MissingModule() {
			return worker, err
		}
		more, addErr := s.AddPackages(build.Missing)
		if addErr == nil && !more {
			more, addErr = s.AddAll()
		}
		if addErr != nil {
			return nil, addErr
		}
		if !more {
			return nil, s.missing(build)
		}
		if round == maxRounds {
			return nil, fmt.Errorf("packages are still missing after %d rounds: %w", maxRounds, err)
		}
	}
}

// missing says of packages that are not in node_modules what to do.
func (s *projectSource) missing(build *supervisor.BuildError) error {
	var names []string
	seen := map[string]bool{}
	for _, m := range build.Missing {
		if !seen[m.Name] && project.IsPackageName(m.Name) {
			seen[m.Name] = true
			names = append(names, m.Name)
		}
	}
	if len(names) == 0 {
		return build
	}
	return fmt.Errorf("%w\nnot in node_modules: %s; install them with npm in %s", build, strings.Join(names, ", "), s.Dir)
}

// checkExports compares what the configuration promises with what the code has.
func (s *projectSource) checkExports(exports []supervisor.Export) error {
	kinds := map[string]supervisor.ExportKind{}
	var classes []string
	for _, e := range exports {
		kinds[e.Name] = e.Kind
		if e.Kind == supervisor.DurableObjectExport {
			classes = append(classes, e.Name)
		}
	}
	var errs []error
	for _, c := range s.Classes {
		if kinds[c.Name] != supervisor.DurableObjectExport {
			errs = append(errs, &project.Error{File: s.config, Line: c.Line, Column: c.Column, Message: fmt.Sprintf(
				"%s does not export a class %s that extends DurableObject; it exports %s", s.Main, c.Name, listOr(classes, "none"))})
		}
	}
	if kind, ok := kinds["default"]; !ok || kind != supervisor.EntrypointExport {
		errs = append(errs, fmt.Errorf(`%s has no default export that serves requests; it needs one, such as: export default { fetch(request, env, ctx) { return new Response("hello"); } }`, s.Main))
	}
	return errors.Join(errs...)
}

func (s *projectSource) about() string {
	var classes []string
	for _, c := range s.Classes {
		classes = append(classes, c.Name)
	}
	return fmt.Sprintf("project %s: %s; classes %s", s.Name, s.Main, listOr(classes, "none"))
}

func listOr(list []string, none string) string {
	if len(list) == 0 {
		return none
	}
	return strings.Join(list, ", ")
}

func (s *projectSource) hostConfig(worker *supervisor.Worker, out supervisor.Outbound) supervisor.ProjectConfig {
	c := supervisor.ProjectConfig{Name: s.Name, Worker: worker, Loaders: s.Loaders, Vars: s.Vars, Outbound: out}
	for _, class := range s.Classes {
		c.Classes = append(c.Classes, supervisor.StoredClass{Class: class.Name, StoredAs: class.Storage})
	}
	for _, b := range s.Bindings {
		c.Namespaces = append(c.Namespaces, supervisor.NamespaceBinding{Binding: b.Name, Class: b.Class})
	}
	return c
}
