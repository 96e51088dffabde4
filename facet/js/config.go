package js

import (
	"fmt"
	"time"
)

// Defaults for the zero values of [Config].
const (
	DefaultStackSize = 4 << 20          // bytes; deep recursion ends in RangeError well before
	DefaultCPULimit  = 30 * time.Second // what the peer's platform gives a call
	DefaultCPUGrace  = 250 * time.Millisecond
	DefaultInboxSize = 64 << 20 // bytes
)

// Config says how to start the engine.
type Config struct {
	// Runtime is the script that sets __native.onMessage. UTF-8 without NULs.
	Runtime string
	// JIT allows compiled code, which needs executable mappings for the life of
	// the process. False: interpreter only, no executable mapping after Start.
	JIT bool
	// StackSize of the JavaScript thread, in bytes. 0: DefaultStackSize.
	StackSize int
	// CPULimit is the CPU time that one call, and any single turn, may use. 0:
	// DefaultCPULimit; negative: none.
	CPULimit time.Duration
	// CPUGrace is what a turn may use beyond the limit before the instance is
	// reported as broken. 0: DefaultCPUGrace.
	CPUGrace time.Duration
	// InboxSize bounds the messages that wait for JavaScript, in bytes. 0:
	// DefaultInboxSize.
	InboxSize int
}

func (c *Config) complete() error {
	if c.Runtime == "" {
		return fmt.Errorf("js: the configuration has no runtime script")
	}
	if c.StackSize == 0 {
		c.StackSize = DefaultStackSize
	}
	if c.StackSize < 512<<10 || c.StackSize > 256<<20 {
		return fmt.Errorf("js: stack size %d is not between 512 KiB and 256 MiB", c.StackSize)
	}
	if c.CPUGrace <= 0 {
		c.CPUGrace = DefaultCPUGrace
	}
	if c.InboxSize <= 0 {
		c.InboxSize = DefaultInboxSize
	}
	return nil
}

// limitNanoseconds is the limit as the C side wants it, 0 meaning none.
func limitNanoseconds(d time.Duration) uint64 {
	switch {
	case d == 0:
		return uint64(DefaultCPULimit)
	case d < 0:
		return 0
	default:
		return uint64(d)
	}
}
