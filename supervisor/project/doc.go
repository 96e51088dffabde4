// Package project reads a project folder: the configuration file that a
// Cloudflare user knows (wrangler.jsonc, wrangler.json or wrangler.toml), the
// variables of .dev.vars, and the modules of the entry worker.
//
// It understands the part of the configuration that facetd implements. Everything
// else is an error that names file, line and column, and what is supported: a
// setting that were read and ignored would be a promise that nobody keeps.
//
// The folder is the operator's, its content need not be: a file is opened beneath
// the folder only (no symbolic link leads out of it), sizes, counts and nesting
// are bounded, and no JavaScript is parsed here. Which packages of node_modules
// the code needs is therefore told by the sandboxed bundler; see
// [Project.AddPackages].
//
//	p, err := project.Read(dir)
//	modules, err := p.Modules()
//	// supervisor.WorkerCode{MainModule: p.Main, Modules: modules, …}
package project
