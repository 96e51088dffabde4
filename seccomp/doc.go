// Package seccomp turns a syscall policy into the filter that the kernel runs,
// and answers questions about both.
//
// A policy is a [Profile]: the seccomp object of the OCI runtime specification
// (https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#seccomp),
// read strictly. [Compile] makes classic BPF of it, [Program.Evaluate] says what
// that BPF does with a call, [Explain] says which rule of the policy
// decides, and [Lint] finds rules that a careful reader would question. Three
// policies for sandboxed children are built in: [Hardened], [JIT], [Bundler].
//
// # What it promises
//
// The child that runs under the filter is hostile. A foreign architecture
// (int 0x80), the x32 numbers and negative numbers end the process before any
// rule is looked at, and no profile can change that. Arguments are compared
// with all their 64 bits. The rules for a syscall are tried in the order of the
// file and the first that matches decides; what no rule matches gets the
// default action. The same profile always gives the same bytes.
//
// # What it does not do
//
// A filter sees registers, never memory: a path, a sockaddr or the flags of
// clone3 cannot be checked. It can't see calls that the vDSO answers in user
// space, such as clock_gettime, and newer kernels let uretprobe (335) and uprobe
// (336) past every filter: outside a probe they only raise SIGILL. Nothing here installs a filter; that is for the
// code that starts the process. Linux on amd64 only: the tables and the offsets
// are for that architecture, whichever the host is.
//
// # Example
//
//	profile, err := seccomp.Parse(policyJSON)
//	program, err := seccomp.Compile(profile)
//	call := seccomp.Call{Arch: seccomp.ArchX8664, NR: unix.SYS_SOCKET}
//	action, err := program.Evaluate(call)
//	fmt.Println(action, seccomp.Explain(profile, call))
//
// All functions may be called from several goroutines at a time; a Profile or
// Program must not be changed while another goroutine uses it.
package seccomp
