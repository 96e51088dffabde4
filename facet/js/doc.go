// Package js runs one JavaScript engine, JavaScriptCore through its C API, beside
// Go in one process.
//
// JavaScript lives on a C thread whose event loop is written in C. No Go frame
// ever stands on that thread, it takes no signal meant for the process, and no
// Go memory crosses into C: messages travel through memory that C owns. Short ones
// take a ring in each direction, which Go reads and writes in place, without a cgo
// call: that would wake the Go scheduler's monitor thread in a quiet process, and
// it then several times. The others take two queues. Storage calls go from C to C
// (package storage).
//
// # Turns and the output gate
//
// Each message from Go is one turn: the runtime's onMessage is called, the
// microtasks are drained, the implicit transaction of what was written is
// committed, and what was posted meanwhile joins the outbox with the sequence
// number of that commit. [Engine.Receive] returns messages in order, and none
// before everything it depends on, reads included, is durable. Console lines
// take a bounded queue of their own, outside the gate.
//
// # CPU limit
//
// The thread's CPU time is charged to the call at work. A turn over the limit is
// ended inside the engine: its writes are rolled back, its messages dropped, and
// the runtime gets [InCPULimit] for the call; the instance lives on. What the
// engine cannot end, such as an endless chain of microtasks, is reported as
// [OutBroken] with failure kind 2 by a second thread, which sleeps while no turn
// runs; whoever owns the process must then kill it.
//
// # Threat model
//
// The application's code is hostile; the runtime script that defines what it can
// reach is trusted. The package does not contain memory safety bugs of the engine
// itself: the process has to be a sandbox. It sets no memory limit either, since
// JavaScriptCore has none; that is the cgroup's part. eval and Function are
// disabled once the runtime script has run.
//
// The interface that the runtime script sees is facet/workers/src/native.d.ts.
// Linux on amd64 with cgo only.
package js
