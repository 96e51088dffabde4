// Package wire is the parent's half of the messages on descriptor 4 between
// the sandbox package and a runner: the specification that goes down and the
// status that comes up. The child's half is facet/internal/lockdown/spec.h,
// and a test holds the two together. A status comes from a process that may be
// hostile by then: it is checked for size, magic, version and ranges.
package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"
)

const (
	specMagic   = 0x46435450
	statusMagic = 0x46435453
	version     = 1

	// MaxFilter is the longest seccomp program, in instructions
	// (BPF_MAXINSNS of the kernel).
	MaxFilter = 4096
	// Rlimits is how many resource limits Linux has, RLIM_NLIMITS.
	Rlimits = 16

	instruction = 8 // bytes of a struct sock_filter
	specSize    = 40 + Rlimits*16
	statusSize  = 32
)

// FlagMakeUserNS tells the child to make its user namespace itself and to ask
// for the maps with a status of kind Map.
const FlagMakeUserNS = 2

// FlagSetgroups tells the child that setgroups(2) is allowed in its user
// namespace and that it must drop all supplementary groups.
const FlagSetgroups = 1

// Spec is the lock-down specification.
type Spec struct {
	Flags       uint16
	Layers      uint64
	UID, GID    uint32
	EnvCount    uint32
	RlimitMask  uint32
	LandlockABI uint32
	Rlimits     [Rlimits][2]uint64 // soft, hard, by RLIMIT_*
	Filter      []byte             // seccomp program, 8 bytes an instruction, native order
}

// Encode returns the message for s. It fails when the filter is not a whole
// number of instructions or too long.
func (s *Spec) Encode() ([]byte, error) {
	if len(s.Filter)%instruction != 0 || len(s.Filter)/instruction > MaxFilter {
		return nil, fmt.Errorf("seccomp program of %d bytes: want a multiple of %d, at most %d",
			len(s.Filter), instruction, MaxFilter*instruction)
	}
	le := binary.LittleEndian
	b := make([]byte, 0, specSize+len(s.Filter))
	b = le.AppendUint32(b, specMagic)
	b = le.AppendUint16(b, version)
	b = le.AppendUint16(b, s.Flags)
	b = le.AppendUint64(b, s.Layers)
	for _, v := range []uint32{
		s.UID, s.GID, s.EnvCount, uint32(len(s.Filter) / instruction), s.RlimitMask, s.LandlockABI,
	} {
		b = le.AppendUint32(b, v)
	}
	for _, v := range s.Rlimits {
		b = le.AppendUint64(b, v[0])
		b = le.AppendUint64(b, v[1])
	}
	return append(b, s.Filter...), nil
}

// Kind says what a status tells.
type Kind uint16

// The kinds of status, by number.
const (
	Locked Kind = 1 // the constructor is through
	Failed Kind = 2 // a step failed and the child has ended, or will
	Sealed Kind = 3 // the seccomp filter is on every thread
	Map    Kind = 4 // before Locked: the user namespace waits for its maps
)

// Status is a child's answer.
type Status struct {
	Kind        Kind
	Step        Step
	Errno       syscall.Errno
	Done        uint64
	LandlockABI int
}

// MaxStatus is the size of the buffer to receive a status into: one byte more
// than a status has, so that a longer message is seen to be longer.
const MaxStatus = statusSize + 1

var errStatus = errors.New("malformed status message")

// DecodeStatus reads one status message.
func DecodeStatus(b []byte) (Status, error) {
	le := binary.LittleEndian
	if len(b) != statusSize || le.Uint32(b) != statusMagic || le.Uint16(b[4:]) != version {
		return Status{}, errStatus
	}
	s := Status{
		Kind:        Kind(le.Uint16(b[6:])),
		Step:        Step(le.Uint32(b[8:])),
		Errno:       syscall.Errno(le.Uint32(b[12:])),
		Done:        le.Uint64(b[16:]),
		LandlockABI: int(le.Uint32(b[24:])),
	}
	if s.Kind < Locked || s.Kind > Map || s.Step >= steps || s.Errno > 4095 {
		return Status{}, errStatus
	}
	return s, nil
}
