package js

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/facetd/facetd/facet/storage"
)

// sealedCalls may not happen once the engine has started: every way to name a
// path, and a few that nothing of ours has a use for.
var sealedCalls = []uint32{
	unix.SYS_OPEN, unix.SYS_OPENAT, unix.SYS_OPENAT2, unix.SYS_CREAT, unix.SYS_STAT, unix.SYS_LSTAT, unix.SYS_STATX,
	unix.SYS_ACCESS, unix.SYS_FACCESSAT, unix.SYS_FACCESSAT2, unix.SYS_READLINK, unix.SYS_READLINKAT, unix.SYS_GETCWD,
	unix.SYS_NEWFSTATAT, unix.SYS_EXECVE, unix.SYS_SOCKET, unix.SYS_MEMFD_CREATE, unix.SYS_FORK, unix.SYS_VFORK,
}

// seal installs a filter on all threads that kills the process at such a call,
// and at an executable mapping unless exec.
func seal(exec bool) error {
	const offNumber, offArg2 = 0, 16 + 2*8
	kill := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_KILL_PROCESS}
	allow := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW}
	load := func(offset uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
	}
	program := []unix.SockFilter{load(offNumber)}
	for _, nr := range sealedCalls {
		program = append(program, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: nr, Jf: 1}, kill)
	}
	if !exec {
		for _, nr := range []uint32{unix.SYS_MMAP, unix.SYS_MPROTECT} {
			program = append(program,
				unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: nr, Jf: 4},
				load(offArg2),
				unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, K: unix.PROT_EXEC, Jf: 1},
				kill, allow)
		}
	}
	program = append(program, allow)
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	fprog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	// The kernel copies the program during the call; it stays alive until then.
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC,
		uintptr(unsafe.Pointer(&fprog)))
	runtime.KeepAlive(program)
	if errno != 0 {
		return errno
	}
	return nil
}

const sealEnv, sealOK = "FACETD_JS_TEST_SEAL", "the sealed engine did all its work"

// After Start nothing of the engine, of ICU, of libc or of storage names a path,
// and without JIT nothing becomes executable.
func TestSealed(t *testing.T) {
	switch os.Getenv(sealEnv) {
	case "":
		out, err := sealedChild(t.TempDir(), "work")
		if err != nil || !strings.Contains(out, sealOK) {
			t.Fatalf("%v\n%s", err, out)
		}
		// Controls: the filter does kill.
		controls := []string{"path"}
		if mode() != "jit" {
			controls = append(controls, "exec")
		}
		for _, control := range controls {
			out, err := sealedChild(t.TempDir(), control)
			exit, ok := err.(*exec.ExitError)
			if !ok || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGSYS {
				t.Errorf("control %q: %v, want SIGSYS\n%s", control, err, out)
			}
		}
	case "work":
		c, _ := startWithStorage(t, Config{}, storage.Limits{})
		if err := seal(mode() == "jit"); err != nil {
			t.Fatal(err)
		}
		for _, code := range sealedWork {
			if _, err := c.eval(t, code); err != nil {
				fmt.Println(code, err)
				os.Exit(1)
			}
		}
		if err := c.Stop(); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(sealOK)
		os.Exit(0) // the testing package would remove its directory by path
	case "path":
		must(t, seal(true))
		_, _ = os.Stat("/")
	case "exec":
		must(t, seal(false))
		_, _ = unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_EXEC, unix.MAP_ANON|unix.MAP_PRIVATE)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sealedChild runs the test in a process of its own, which cannot remove its
// directories: they are in temp.
func sealedChild(temp, what string) (string, error) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestSealed$", "-test.timeout=300s")
	// As the lock-down does: a second malloc arena would count the processors.
	cmd.Env = append(os.Environ(), modeEnv+"="+mode(), sealEnv+"="+what, "MALLOC_ARENA_MAX=1", "TMPDIR="+temp)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

var sealedWork = []string{
	"new Date(0).toLocaleString() + new Date(2026, 6, 1).toString() + Date.parse('2026-01-01') + new Date().getTimezoneOffset()",
	"new Intl.DateTimeFormat('en-US', { timeZone: 'Europe/Paris', dateStyle: 'full', timeStyle: 'long' }).format(0)",
	"new Intl.DateTimeFormat('ja', { timeZone: 'America/New_York', calendar: 'japanese', era: 'long', timeZoneName: 'long' }).format(0)",
	"new Intl.NumberFormat('de', { style: 'currency', currency: 'EUR' }).format(1) + new Intl.NumberFormat('hi', { notation: 'compact' }).format(1e6)",
	"['b', 'a', '\\u00e9'].sort(new Intl.Collator('de').compare).join() + 'a'.localeCompare('b') + '\\u00e9'.normalize('NFD') + 'I'.toLocaleLowerCase('tr')",
	"new Intl.PluralRules('ar').select(1) + new Intl.RelativeTimeFormat('fr').format(1, 'day') + new Intl.ListFormat('es').format(['a', 'b'])",
	"[...new Intl.Segmenter('th', { granularity: 'word' }).segment('\\u0e2a\\u0e27\\u0e31\\u0e2a\\u0e14\\u0e35')].length + new Intl.DisplayNames('zh', { type: 'region' }).of('FR')",
	"Intl.supportedValuesOf('timeZone').length + Intl.supportedValuesOf('calendar').length",
	"/\\p{Script=Greek}+/iu.test('\\u03b1') + '\\u00df'.toUpperCase() + n.domainToASCII('b\\u00fccher.example', true)",
	"(() => { function f(o, n) { let s = 0; for (let i = 0; i < n; i++) s += o.x * i % 7; return s } for (let i = 0; i < 30000; i++) f({ x: i }, 50); return 1 })()",
	"(() => { let a = []; for (let k = 0; k < 20; k++) { a = []; for (let i = 0; i < 50000; i++) a.push({ i, s: 'x' + i }) } return a.length })()",
	"(() => { let a = []; for (let k = 0; k < 50; k++) a.push(new Uint8Array(1 << 20).fill(1)); return a.length })()",
	"(() => { const b = new Uint8Array(32); n.random(b); return Math.random() + n.now() + n.utf8Decode(n.utf8Encode('x'), 0) })()",
	"(() => { function f() { return f() + 1 } try { f() } catch (e) { return e.name } })()",
	"(() => { for (let i = 0; i < 3000; i++) n.kvPut('key' + i, 'value'.repeat(100)); return n.kvGet('key7') })()",
	"n.sqlExec(\"create table t(x, y); create virtual table f using fts5(a); insert into f values ('some words'); insert into t select value, randomblob(100) from json_each('[1,2,3]'); select datetime('now', 'localtime'), random(), count(*) from t order by y\", []).row.length",
	"n.deleteAll(); new Error('x').stack.length",
	"typeof WebAssembly === 'object' ? new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])) && 1 : 1",
}
