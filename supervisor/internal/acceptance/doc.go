// Package acceptance holds the tests of the whole: the public supervisor API with
// the real runner, the real sandbox and real files, without mocks.
//
// They prove what the other packages promise one another: no acknowledged write
// is lost when a facet's process or the supervisor is killed at any moment; a
// facet that attacks hurts nobody but itself; a live process is walled in as the
// policy says, as seen from outside; and a serving facet makes no system call
// outside its policy. Everything is looked at from where an operator would:
// through HTTP, /proc, the cgroup file system and the files on disk.
//
// FACETD_LONG=1 runs the durations that a release is tested with. The package
// exports nothing. Linux on amd64 only; cgroups and distinct users need root, and
// the tests that need those say so when they are skipped.
package acceptance
