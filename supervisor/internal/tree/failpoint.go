//go:build linux

package tree

// failpoint is called between the steps of every change on disk. It does
// nothing here; tests replace it to die or to fail at a named step.
var failpoint = func(string) error { return nil }
