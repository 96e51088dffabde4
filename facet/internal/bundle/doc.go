// Package bundle turns the modules of a worker into one script that the engine
// can evaluate, since JavaScriptCore's C API knows scripts only. It is esbuild's
// Go API with a resolver that sees the given modules and nothing else: no file
// system, no environment. Packages are resolved among the modules under
// node_modules; those that are not there are reported.
//
// It parses untrusted code, so it runs only inside a locked-down runner that has
// no database.
package bundle
