// Package int80 makes system calls by the 32-bit entry of an amd64 kernel
// (int 0x80), which Go never uses. The tests of package seccomp need it to see
// that a filter ends a process that tries. Nothing else imports it.
package int80

// getpid is its number in asm/unistd_32.h.
const getpid = 20

// Getpid asks for the process number by int 0x80. Without IA32 emulation in
// the kernel the process gets SIGSEGV.
func Getpid() uint32 { return Call(getpid) }

// Call makes a call by its 32-bit number, with bad arguments: all bits set.
func Call(nr uint32) uint32
