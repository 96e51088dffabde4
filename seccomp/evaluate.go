package seccomp

import (
	"errors"

	"golang.org/x/sys/unix"
)

// Call is what a filter sees of a syscall: struct seccomp_data.
type Call struct {
	Arch uint32    // AUDIT_ARCH_*, such as ArchX8664
	NR   uint32    // number of the syscall, with X32Bit for the x32 ABI
	Args [6]uint64 // the argument registers
	IP   uint64    // instruction pointer
}

// word reads the 32 bits at a checked offset of struct seccomp_data.
func (c Call) word(offset uint32) uint32 {
	wide := c.IP
	switch {
	case offset == offsetNR:
		return c.NR
	case offset == offsetArch:
		return c.Arch
	case offset >= offsetArgs:
		wide = c.Args[(offset-offsetArgs)/8]
	}
	if offset%8 == 4 {
		return uint32(wide >> 32)
	}
	return uint32(wide)
}

// Evaluate runs the filter on a call, as the kernel would. It fails only for the
// zero Program. It always ends: a filter has no backward jumps.
func (p *Program) Evaluate(call Call) (Action, error) {
	return p.run(call, func(int) {})
}

// machine is the state of the interpreter.
type machine struct {
	a, x    uint32
	scratch [scratchWords]uint32
}

// run is Evaluate that reports each instruction it comes to.
func (p *Program) run(call Call, visit func(pc int)) (Action, error) {
	if p == nil || len(p.filter) == 0 {
		return Action{}, errors.New("no filter: make one with Compile or FromFilter")
	}
	var m machine
	for pc := 0; pc < len(p.filter); pc++ {
		visit(pc)
		ins := p.filter[pc]
		switch ins.Code & 0x07 {
		case unix.BPF_RET:
			if ins.Code == unix.BPF_RET|unix.BPF_A {
				return actionOf(m.a), nil
			}
			return actionOf(ins.K), nil
		case unix.BPF_JMP:
			pc += m.jump(ins)
		case unix.BPF_ALU:
			if !m.compute(ins) {
				return actionOf(0), nil
			}
		case unix.BPF_LD:
			m.a = m.fetch(ins, call)
		case unix.BPF_LDX:
			m.x = m.fetch(ins, call)
		case unix.BPF_ST:
			m.scratch[ins.K] = m.a
		case unix.BPF_STX:
			m.scratch[ins.K] = m.x
		case unix.BPF_MISC:
			if ins.Code == unix.BPF_MISC|unix.BPF_TAX {
				m.x = m.a
			} else {
				m.a = m.x
			}
		}
	}
	return Action{}, errors.New("filter ran past its end") // checkFilter rules it out
}

func (m *machine) fetch(ins unix.SockFilter, call Call) uint32 {
	switch ins.Code & 0xe0 {
	case unix.BPF_ABS:
		return call.word(ins.K)
	case unix.BPF_LEN:
		return dataSize
	case unix.BPF_MEM:
		return m.scratch[ins.K]
	}
	return ins.K
}

// operand is the constant or the index register.
func (m *machine) operand(ins unix.SockFilter) uint32 {
	if ins.Code&unix.BPF_X != 0 {
		return m.x
	}
	return ins.K
}

// jump is the number of instructions to leave out.
func (m *machine) jump(ins unix.SockFilter) int {
	if ins.Code == opJump {
		return int(ins.K)
	}
	holds, k := false, m.operand(ins)
	switch ins.Code & 0xf0 {
	case unix.BPF_JEQ:
		holds = m.a == k
	case unix.BPF_JGT:
		holds = m.a > k
	case unix.BPF_JGE:
		holds = m.a >= k
	case unix.BPF_JSET:
		holds = m.a&k != 0
	}
	if holds {
		return int(ins.Jt)
	}
	return int(ins.Jf)
}

// compute does arithmetic; false is a division by zero, for which the kernel
// returns 0 from the filter. Shifts use the low five bits, as on x86.
func (m *machine) compute(ins unix.SockFilter) bool {
	k := m.operand(ins)
	switch ins.Code & 0xf0 {
	case unix.BPF_ADD:
		m.a += k
	case unix.BPF_SUB:
		m.a -= k
	case unix.BPF_MUL:
		m.a *= k
	case unix.BPF_DIV:
		if k == 0 {
			return false
		}
		m.a /= k
	case unix.BPF_AND:
		m.a &= k
	case unix.BPF_OR:
		m.a |= k
	case unix.BPF_XOR:
		m.a ^= k
	case unix.BPF_LSH:
		m.a <<= k & 31
	case unix.BPF_RSH:
		m.a >>= k & 31
	case unix.BPF_NEG:
		m.a = -m.a
	}
	return true
}
