package seccomp

import (
	"encoding/binary"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// maxInstructions is the kernel's limit for one filter (BPF_MAXINSNS).
const maxInstructions = 4096

// instructionSize in bytes of struct sock_filter: u16 code, u8 jt, u8 jf, u32 k.
const instructionSize = 8

// Program is a filter that the kernel accepts. It does not change once made and
// may be shared between goroutines. The zero value holds no filter and is of no
// use; Evaluate refuses it.
type Program struct {
	filter []unix.SockFilter
}

// Filter is a copy of the instructions, for struct sock_fprog.
func (p *Program) Filter() []unix.SockFilter { return slices.Clone(p.filter) }

// Len is the number of instructions, at most 4096.
func (p *Program) Len() int { return len(p.filter) }

// Bytes are the instructions as the kernel reads them from memory: 8 bytes each,
// little-endian.
func (p *Program) Bytes() []byte {
	out := make([]byte, 0, len(p.filter)*instructionSize)
	for _, ins := range p.filter {
		out = binary.LittleEndian.AppendUint16(out, ins.Code)
		out = append(out, ins.Jt, ins.Jf)
		out = binary.LittleEndian.AppendUint32(out, ins.K)
	}
	return out
}

// FromFilter takes a filter from elsewhere, such as one read from a live process
// with PTRACE_SECCOMP_GET_FILTER. It is checked as the kernel checks it, so that
// Evaluate always ends.
func FromFilter(filter []unix.SockFilter) (*Program, error) {
	if err := checkFilter(filter); err != nil {
		return nil, err
	}
	return &Program{filter: slices.Clone(filter)}, nil
}

// FromBytes is FromFilter for the form that Bytes gives.
func FromBytes(data []byte) (*Program, error) {
	if len(data)%instructionSize != 0 {
		return nil, fmt.Errorf("filter of %d bytes is cut short: an instruction has %d", len(data), instructionSize)
	}
	if len(data) > maxInstructions*instructionSize {
		return nil, fmt.Errorf("filter of %d bytes is above the kernel's limit of %d instructions", len(data), maxInstructions)
	}
	filter := make([]unix.SockFilter, 0, len(data)/instructionSize)
	for ; len(data) > 0; data = data[instructionSize:] {
		filter = append(filter, unix.SockFilter{
			Code: binary.LittleEndian.Uint16(data),
			Jt:   data[2],
			Jf:   data[3],
			K:    binary.LittleEndian.Uint32(data[4:]),
		})
	}
	return FromFilter(filter)
}
