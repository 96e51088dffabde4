// Package attacker is what a runner does once it has been taken over: locked
// down and sealed like any other, it tries on request what an attacker would,
// with raw system calls, and says what came of it. "facetd self-test" and the
// attack battery (sandbox/battery) start the real facet-runner in this role, so
// that the very program that runs apps is the one attacked from inside.
//
// It gives an attacker nothing: who can make a runner call it has the whole
// process already, and the role is chosen by the supervisor's argument alone.
//
// A request is one line on descriptor 3, "name argument", the answer one line:
// "ok text", or "denied ERRNO: text". A call that the seccomp filter stops has no
// answer. The requests are trusted: they come from the supervisor.
package attacker
