// Package supervisor runs untrusted JavaScript applications, facets, each in a
// locked-down process of its own with a database of its own.
//
// A [Host] holds a data directory. An [Object] in it is a named instance in a
// namespace; its [Facets] are the applications, addressed by name, and each of
// them may have facets in turn. A [Stub] is the handle through which a facet is
// called: it is an http.Handler, and calls methods. What a facet runs is a
// [Class] of a [Worker] that a [Loader] made of code.
//
//	host, err := supervisor.Open(ctx, supervisor.Config{Dir: "/var/lib/facetd"})
//	defer host.Close()
//	obj := host.Object("AppRunner", "my-app")
//	app := obj.Facets().Get("app", func(ctx context.Context) (supervisor.StartupOptions, error) {
//		w := host.Loader().Get("agent-code-v1", loadCode)
//		return supervisor.StartupOptions{Class: w.Class("App")}, nil
//	})
//	http.ListenAndServe("localhost:8080", app)
//
// # Threat model
//
// The code of a facet, and everything its process says, is hostile. The process
// has no path, no socket and no other process in reach (package sandbox); it has
// one conversation with the supervisor, in which every message is bounded,
// checked and timed, and two files, whose size the kernel limits. The first thing
// that it asks of the kernel or says to the supervisor and may not ends it, with
// a [Verdict] that says which. Whoever calls a facet learns a typed error; a
// client behind ServeHTTP learns a status code.
//
// Not covered: side channels of the processor, what an application does with the
// data it was given, and code that calls this package, which is trusted.
//
// # Life of a facet
//
// The first call starts it: the callback given to Get says which class. Ten
// seconds after the last call it hibernates; the next call starts it again from
// the remembered class. A crash or a limit ends the instance, its calls fail with
// the verdict, and the next call starts it again; a facet that keeps failing is
// started at growing intervals. Abort, Delete and Clone end it with a reason, and
// stubs from before then fail with it for ever. What a call was answered for is
// on disk by then.
//
// When the instance of a facet that has facets fails, theirs end with it.
//
// # Projects
//
// [Host.OpenProject] runs an entry worker, and classes whose objects are
// supervisors written in JavaScript, each in a sandboxed process, too. They ask
// this package for what an [Object] asks for in Go: facets, loaders, other
// objects. An instance reaches what its worker was given in [ProjectConfig] and
// nothing else; loaded workers reach their own facets and entrypoints only.
//
// # Compatibility
//
// This package follows semantic versioning from version 1.0 on. Config, Limits
// and the other structs may gain fields, whose zero values keep today's
// behaviour; limits may become stricter only in a major version. The texts of
// errors may change but for those that docs/compatibility.md lists. Data
// directories are read by later versions; the format of Dir/cache is not
// promised.
//
// Linux on amd64 only; elsewhere Open returns an error.
package supervisor
