// Package runner is the program that runs inside the sandbox: it serves service
// Facet of package facetv1 over the inherited socketpair and passes frames
// between it and the JavaScript engine, or bundles a worker's modules.
//
// The process is locked down before any line of this package runs (package
// lockdown), and sealed with seccomp before it says that it is ready. It opens
// no path, no socket and starts no process afterwards; the two database
// descriptors are handed to it.
package runner
