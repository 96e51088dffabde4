package seccomp

import (
	"golang.org/x/sys/unix"
)

// Classic BPF instruction codes that the compiler writes (linux/bpf_common.h).
const (
	opLoad       = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
	opAnd        = unix.BPF_ALU | unix.BPF_AND | unix.BPF_K
	opJump       = unix.BPF_JMP | unix.BPF_JA
	opJumpEq     = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
	opJumpGt     = unix.BPF_JMP | unix.BPF_JGT | unix.BPF_K
	opJumpGe     = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
	opReturn     = unix.BPF_RET | unix.BPF_K
	maxCondition = 255 // the farthest a conditional jump reaches, in instructions
)

// label names an instruction by its distance from the end of the program.
type label int

// assembler writes a program from its end to its start. Jumps of a filter only
// go forward, so every target is already written when a jump to it is, and its
// distance is known at once.
type assembler struct {
	reversed []unix.SockFilter
	returns  map[uint32]label // the nearest copy of each return
}

// accumulator is what the register is known to hold: a word of the call, perhaps
// masked. The zero value means unknown.
type accumulator struct {
	known  bool
	offset uint32
	mask   uint32
}

func (a *assembler) emit(code uint16, jt, jf uint8, k uint32) label {
	a.reversed = append(a.reversed, unix.SockFilter{Code: code, Jt: jt, Jf: jf, K: k})
	return label(len(a.reversed) - 1)
}

// distance from the instruction that is written after `more` others to target.
func (a *assembler) distance(target label, more int) int {
	return len(a.reversed) + more - int(target) - 1
}

// ret gives a return of value that the next instruction can reach.
func (a *assembler) ret(value uint32) label {
	if l, ok := a.returns[value]; ok && a.distance(l, 2) <= maxCondition {
		return l
	}
	l := a.emit(opReturn, 0, 0, value)
	a.returns[value] = l
	return l
}

// near gives a label with the effect of target that a conditional jump can reach
// when `more` instructions are written before it.
func (a *assembler) near(target label, more int) label {
	if a.distance(target, more) <= maxCondition {
		return target
	}
	if ins := a.reversed[target]; ins.Code == opReturn {
		return a.ret(ins.K)
	}
	return a.emit(opJump, 0, 0, uint32(a.distance(target, 0)))
}

// skipLoad leaves out the instructions at target that would only load what the
// accumulator already holds.
func (a *assembler) skipLoad(target label, acc accumulator) label {
	ins := a.reversed[target]
	if !acc.known || ins.Code != opLoad || ins.K != acc.offset {
		return target
	}
	if acc.mask == 0xffffffff {
		return target - 1
	}
	if next := a.reversed[target-1]; next.Code == opAnd && next.K == acc.mask {
		return target - 2
	}
	return target
}

// branch compares the accumulator, which holds acc, with k.
func (a *assembler) branch(code uint16, k uint32, yes, no label, acc accumulator) label {
	yes, no = a.skipLoad(yes, acc), a.skipLoad(no, acc)
	if yes == no {
		// A load may stand before it, so there must be an instruction here.
		return a.emit(opJump, 0, 0, uint32(a.distance(yes, 0)))
	}
	yes = a.near(yes, 2)
	no = a.near(no, 1)
	return a.emit(code, uint8(a.distance(yes, 0)), uint8(a.distance(no, 0)), k)
}

// load puts the word at offset into the accumulator, masked, and goes on with
// the instruction that was written last.
func (a *assembler) load(acc accumulator) label {
	if acc.mask != 0xffffffff {
		a.emit(opAnd, 0, 0, acc.mask)
	}
	return a.emit(opLoad, 0, 0, acc.offset)
}

// program is what was written, in the order in which it runs.
func (a *assembler) program() []unix.SockFilter {
	out := make([]unix.SockFilter, len(a.reversed))
	for i, ins := range a.reversed {
		out[len(out)-1-i] = ins
	}
	return out
}
