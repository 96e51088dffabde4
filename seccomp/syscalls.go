package seccomp

import (
	"fmt"

	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/sys/unix"
)

// Architectures as the kernel reports them in struct seccomp_data
// (linux/audit.h). Only ArchX8664 can pass a filter made by this package.
const (
	ArchX8664 uint32 = unix.AUDIT_ARCH_X86_64
	ArchI386  uint32 = unix.AUDIT_ARCH_I386
)

// X32Bit marks the numbers of the x32 ABI, which report ArchX8664
// (__X32_SYSCALL_BIT in asm/unistd.h).
const X32Bit uint32 = 0x40000000

// newerSyscalls are those that the table of go-seccomp-bpf does not have yet;
// numbers from golang.org/x/sys, names from the kernel's syscall_64.tbl.
var newerSyscalls = map[int]string{
	336:                       "uprobe",
	unix.SYS_FILE_GETATTR:     "file_getattr",
	unix.SYS_FILE_SETATTR:     "file_setattr",
	unix.SYS_LISTNS:           "listns",
	unix.SYS_RSEQ_SLICE_YIELD: "rseq_slice_yield",
}

// Our own copies: the tables of go-seccomp-bpf are maps that anybody in the
// process could change.
var (
	syscallNumbers = map[string]uint32{}
	syscallNames   = map[uint32]string{}
)

func init() {
	for _, table := range []map[int]string{arch.X86_64.SyscallNumbers, newerSyscalls} {
		for nr, name := range table {
			syscallNumbers[name] = uint32(nr)
			syscallNames[uint32(nr)] = name
		}
	}
}

// SyscallName names the x86-64 syscall nr. For a number of the x32 ABI the name
// has the suffix " (x32)"; an unknown number gives "syscall_N", never "".
func SyscallName(nr uint32) string {
	if name, ok := syscallNames[nr]; ok {
		return name
	}
	if nr&X32Bit != 0 && nr>>31 == 0 {
		return SyscallName(nr&^X32Bit) + " (x32)"
	}
	return fmt.Sprintf("syscall_%d", nr)
}

// SyscallNumber is the x86-64 number of a syscall's name, and whether it is
// known.
func SyscallNumber(name string) (uint32, bool) {
	nr, ok := syscallNumbers[name]
	return nr, ok
}

func knownSyscalls() []string {
	names := make([]string, 0, len(syscallNumbers))
	for name := range syscallNumbers {
		names = append(names, name)
	}
	return names
}
