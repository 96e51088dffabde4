package seccomp

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// scratchWords is the number of words of a filter's memory (BPF_MEMWORDS).
const scratchWords = 16

// allowedCodes are the instructions that a seccomp filter may hold:
// seccomp_check_filter in kernel/seccomp.c.
var allowedCodes = func() map[uint16]bool {
	codes := map[uint16]bool{}
	for _, code := range []uint16{
		opLoad,
		unix.BPF_LD | unix.BPF_W | unix.BPF_LEN,
		unix.BPF_LDX | unix.BPF_W | unix.BPF_LEN,
		unix.BPF_LD | unix.BPF_IMM,
		unix.BPF_LDX | unix.BPF_IMM,
		unix.BPF_LD | unix.BPF_MEM,
		unix.BPF_LDX | unix.BPF_MEM,
		unix.BPF_ST,
		unix.BPF_STX,
		unix.BPF_ALU | unix.BPF_NEG,
		unix.BPF_MISC | unix.BPF_TAX,
		unix.BPF_MISC | unix.BPF_TXA,
		unix.BPF_RET | unix.BPF_K,
		unix.BPF_RET | unix.BPF_A,
		opJump,
	} {
		codes[code] = true
	}
	for _, source := range []uint16{unix.BPF_K, unix.BPF_X} {
		for _, op := range []uint16{
			unix.BPF_ADD, unix.BPF_SUB, unix.BPF_MUL, unix.BPF_DIV, unix.BPF_AND,
			unix.BPF_OR, unix.BPF_XOR, unix.BPF_LSH, unix.BPF_RSH,
		} {
			codes[unix.BPF_ALU|op|source] = true
		}
		for _, op := range []uint16{unix.BPF_JEQ, unix.BPF_JGE, unix.BPF_JGT, unix.BPF_JSET} {
			codes[unix.BPF_JMP|op|source] = true
		}
	}
	return codes
}()

// checkFilter accepts what the kernel accepts: bpf_check_classic in
// net/core/filter.c, then seccomp_check_filter in kernel/seccomp.c.
func checkFilter(filter []unix.SockFilter) error {
	if len(filter) == 0 {
		return errors.New("filter is empty")
	}
	if len(filter) > maxInstructions {
		return fmt.Errorf("filter has %d instructions, the kernel takes %d", len(filter), maxInstructions)
	}
	for pc, ins := range filter {
		if err := checkInstruction(ins, len(filter)-pc-1); err != nil {
			return fmt.Errorf("instruction %d: %w", pc, err)
		}
	}
	if last := filter[len(filter)-1]; last.Code&0x07 != unix.BPF_RET {
		return errors.New("filter does not end with a return")
	}
	return checkScratch(filter)
}

// checkInstruction looks at one instruction that `after` others follow.
func checkInstruction(ins unix.SockFilter, after int) error {
	if !allowedCodes[ins.Code] {
		return fmt.Errorf("code %#04x is not allowed in a seccomp filter", ins.Code)
	}
	switch ins.Code & 0x07 {
	case unix.BPF_JMP:
		if ins.Code == opJump {
			if uint64(ins.K) >= uint64(after) {
				return errors.New("jump past the end")
			}
		} else if int(ins.Jt) >= after || int(ins.Jf) >= after {
			return errors.New("conditional jump past the end")
		}
	case unix.BPF_ALU:
		constant := ins.Code&unix.BPF_X == 0
		switch op := ins.Code & 0xf0; {
		case constant && op == unix.BPF_DIV && ins.K == 0:
			return errors.New("division by zero")
		case constant && (op == unix.BPF_LSH || op == unix.BPF_RSH) && ins.K >= 32:
			return errors.New("shift by more than 31")
		}
	case unix.BPF_LD, unix.BPF_LDX:
		switch {
		case ins.Code == opLoad && (ins.K >= dataSize || ins.K%4 != 0):
			return fmt.Errorf("load from offset %d, outside the call or unaligned", ins.K)
		case ins.Code&0xe0 == unix.BPF_MEM && ins.K >= scratchWords:
			return fmt.Errorf("scratch word %d does not exist", ins.K)
		}
	case unix.BPF_ST, unix.BPF_STX:
		if ins.K >= scratchWords {
			return fmt.Errorf("scratch word %d does not exist", ins.K)
		}
	}
	return nil
}

// checkScratch makes sure that no scratch word is read before it is written on
// every path (check_load_and_stores in net/core/filter.c).
func checkScratch(filter []unix.SockFilter) error {
	written := make([]uint16, len(filter)) // words written on all paths to here
	for i := range written {
		written[i] = 0xffff
	}
	valid := uint16(0)
	for pc, ins := range filter {
		valid &= written[pc]
		switch {
		case ins.Code == unix.BPF_ST || ins.Code == unix.BPF_STX:
			valid |= 1 << ins.K
		case ins.Code == unix.BPF_LD|unix.BPF_MEM || ins.Code == unix.BPF_LDX|unix.BPF_MEM:
			if valid&(1<<ins.K) == 0 {
				return fmt.Errorf("instruction %d: scratch word %d is read before it is written", pc, ins.K)
			}
		case ins.Code == opJump:
			written[pc+1+int(ins.K)] &= valid
			valid = 0xffff
		case ins.Code&0x07 == unix.BPF_JMP:
			written[pc+1+int(ins.Jt)] &= valid
			written[pc+1+int(ins.Jf)] &= valid
			valid = 0xffff
		}
	}
	return nil
}
