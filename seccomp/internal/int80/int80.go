// Package int80 makes system calls by the 32-bit entry of an amd64 kernel
// (int 0x80), which Go never uses. The tests of package seccomp need it to see
// that a filter ends a process that tries. Nothing else imports it.
package int80

// Getpid asks for the process number by int 0x80. Without IA32 emulation in
// the kernel the process gets SIGSEGV.
func Getpid() uint32
