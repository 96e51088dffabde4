// Package testpeer is a runner for tests: a real process that speaks the
// contract over the inherited socketpair and misbehaves on demand. It stands for
// a child that an attacker has taken over completely, which JavaScript cannot
// play. Only tests import it; a test binary calls [Main] first thing in its
// TestMain and starts itself with [Launch].
package testpeer
