package seccomp

import (
	"golang.org/x/sys/unix"
)

// prune leaves out the instructions that no path comes to: loads that every jump
// skips because the word is in the accumulator already. Jumps only get shorter.
func prune(filter []unix.SockFilter) []unix.SockFilter {
	reached := make([]bool, len(filter))
	reached[0] = true
	for pc, ins := range filter {
		if !reached[pc] {
			continue
		}
		switch {
		case ins.Code == opReturn:
		case ins.Code == opJump:
			reached[pc+1+int(ins.K)] = true
		case ins.Code&0x07 == unix.BPF_JMP:
			reached[pc+1+int(ins.Jt)] = true
			reached[pc+1+int(ins.Jf)] = true
		default:
			reached[pc+1] = true
		}
	}

	moved := make([]int, len(filter)) // where an instruction is now
	kept := 0
	for pc := range filter {
		moved[pc] = kept
		if reached[pc] {
			kept++
		}
	}
	out := make([]unix.SockFilter, 0, kept)
	for pc, ins := range filter {
		if !reached[pc] {
			continue
		}
		next := moved[pc] + 1
		switch {
		case ins.Code == opJump:
			ins.K = uint32(moved[pc+1+int(ins.K)] - next)
		case ins.Code&0x07 == unix.BPF_JMP:
			ins.Jt = uint8(moved[pc+1+int(ins.Jt)] - next)
			ins.Jf = uint8(moved[pc+1+int(ins.Jf)] - next)
		}
		out = append(out, ins)
	}
	return out
}
