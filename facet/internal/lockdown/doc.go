// Package lockdown is the child's end of the sandbox: linking it into a
// program makes an ELF constructor lock the process down before the Go runtime
// exists, as told by the parent over descriptor 4. It does so only when the
// cookie variable is in the environment; then it is mandatory, and a process
// that gets no specification, or fails a step, ends.
//
// The order: Go starts in a process that already has its namespaces, empty
// root, ids, limits, Landlock domain and no capabilities; the program
// initialises itself; [Seal] adds the seccomp filter to every thread; then
// [ReceiveFiles] takes the files the parent grants and closes descriptor 4.
//
// The package protects against what runs later in the process, not against
// the program it is linked into: that one is trusted until Seal.
package lockdown
