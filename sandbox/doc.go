// Package sandbox starts a program in a locked-down process of its own, tells
// what a host can give for that ([Probe]) and what a live process may really do
// ([ReadPosture]). It knows nothing of facets or JavaScript: the program is
// anything linked with facetd's lockdown package, which is the child's end.
//
// The child is taken to be hostile from the moment it has been sealed. What
// holds it: seven namespaces, an empty read-only root, a user id of its own,
// no capabilities, no_new_privs, resource limits, cgroup limits, a Landlock
// domain that allows nothing, and a seccomp allow-list whose violations are
// reported by the kernel to this process, which kills ([Layer] lists them). It
// has five descriptors: /dev/null, a log pipe twice, a stream socket and a
// socket over which it gets the files it may use.
//
// A host that lacks something makes [New] fail, naming what is missing, what it
// protects against and the word that accepts the risk (Config.Accept).
//
// What the package does not do: limit bandwidth of disks, hide the processor's
// side channels (beyond core scheduling), or check what the child sends.
//
//	l, err := sandbox.New(sandbox.Config{})
//	defer l.Close()
//	p, err := l.Start(ctx, sandbox.Spec{Runner: "/usr/lib/facetd/facet-runner"})
//	err = p.WaitSealed(ctx)
//	err = p.SendFiles(ctx, database, wal)
//	... talk over p.Conn(), drain p.Log() ...
//	p.Kill()
//	exit := p.Wait()
//
// It runs on Linux 5.13 and newer on amd64 only; elsewhere New returns an error.
package sandbox
