// Package battery is the register of 116 attacks that facetd must withstand,
// and the machine that tries those of them which take no more than a sandbox:
// native payloads in the runner's place, against all layers together, against
// each layer alone, and against none of them, where they have to succeed or
// prove nothing.
//
// The attacks that need a supervisor, a database or a client are checked by
// tests of the rooms they belong to; the register names them, and this package's
// tests see to it that each exists and passes.
//
// A [Battery] may be used by one goroutine at a time. It attacks things that it
// makes for the purpose (a file, a socket, a process, a segment of shared
// memory), never the host's own, and leaves nothing behind.
package battery
