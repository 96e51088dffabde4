package storage

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// seal installs, on every thread, a filter that gives the listed calls the
// action and allows the rest. Raw BPF, so that nothing of the sandbox is needed.
func seal(action uint32, calls ...uint32) error {
	const archOffset, nrOffset = 4, 0
	prog := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: archOffset},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.AUDIT_ARCH_X86_64, Jt: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_KILL_PROCESS},
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: nrOffset},
	}
	for _, nr := range calls {
		prog = append(prog,
			unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: nr, Jf: 1},
			unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: action})
	}
	prog = append(prog, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW})
	fprog := unix.SockFprog{Len: uint16(len(prog)), Filter: &prog[0]}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no_new_privs: %w", err)
	}
	// The kernel copies the program during the call.
	_, _, errno := syscall.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&fprog)))
	runtime.KeepAlive(prog)
	if errno != 0 {
		return fmt.Errorf("seccomp: %w", errno)
	}
	return nil
}

// pathCalls are all calls of amd64 that take a path.
var pathCalls = []uint32{
	unix.SYS_OPEN, unix.SYS_OPENAT, unix.SYS_OPENAT2, unix.SYS_CREAT, unix.SYS_STAT, unix.SYS_LSTAT, unix.SYS_NEWFSTATAT, unix.SYS_STATX,
	unix.SYS_ACCESS, unix.SYS_FACCESSAT, unix.SYS_FACCESSAT2, unix.SYS_READLINK, unix.SYS_READLINKAT, unix.SYS_UNLINK, unix.SYS_UNLINKAT,
	unix.SYS_RENAME, unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2, unix.SYS_LINK, unix.SYS_LINKAT, unix.SYS_SYMLINK, unix.SYS_SYMLINKAT,
	unix.SYS_MKDIR, unix.SYS_MKDIRAT, unix.SYS_RMDIR, unix.SYS_MKNOD, unix.SYS_MKNODAT, unix.SYS_CHDIR, unix.SYS_GETCWD, unix.SYS_CHMOD,
	unix.SYS_FCHMODAT, unix.SYS_CHOWN, unix.SYS_FCHOWNAT, unix.SYS_TRUNCATE, unix.SYS_UTIME, unix.SYS_UTIMENSAT, unix.SYS_STATFS, unix.SYS_EXECVE,
	unix.SYS_EXECVEAT, unix.SYS_GETXATTR, unix.SYS_LGETXATTR, unix.SYS_INOTIFY_ADD_WATCH,
}

func init() {
	children["sealed"] = sealed
	children["sealed-control"] = func() error {
		if err := seal(unix.SECCOMP_RET_KILL_PROCESS, pathCalls...); err != nil {
			return err
		}
		_, err := os.Stat("/")
		return fmt.Errorf("the filter did not kill: %v", err)
	}
	children["sync-fails"] = syncFails
	children["sync-fails-control"] = func() error { return syncAfter(func() error { return nil }) }
}

// sealed opens the store behind the filter and uses everything there is.
func sealed() error {
	if err := Init(); err != nil {
		return err
	}
	if err := seal(unix.SECCOMP_RET_KILL_PROCESS, pathCalls...); err != nil {
		return err
	}
	s, err := Open(3, 4, Limits{})
	if err != nil {
		return err
	}
	for _, q := range []string{
		"CREATE TABLE t(a); CREATE INDEX i ON t(a)",
		"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c LIMIT 20000) INSERT INTO t SELECT hex(randomblob(200)) FROM c",
		"SELECT datetime('now', 'localtime'), random(), strftime('%s', 'now', 'utc')",
		"SELECT a FROM t ORDER BY a || 'x' LIMIT 1", "SELECT count(DISTINCT a || 'y') FROM t", "CREATE TABLE t2 AS SELECT * FROM t GROUP BY a",
		"CREATE VIRTUAL TABLE f USING fts5(a); INSERT INTO f SELECT a FROM t LIMIT 100; SELECT * FROM f('a*')", "UPDATE t SET a = a || a", "DROP TABLE t2",
		"ANALYZE", "REINDEX", "PRAGMA quick_check", "ALTER TABLE t ADD COLUMN b",
	} {
		rows, err := s.Exec(q)
		if err == nil {
			_, err = rows.All()
		}
		if err == nil {
			_, err = s.TurnEnd()
		}
		if err == nil {
			err = s.Idle()
		}
		if err != nil {
			return fmt.Errorf("%s: %w", q, err)
		}
	}
	for _, q := range []string{"ATTACH '/etc/passwd' AS p", "VACUUM INTO '/tmp/x'", "SELECT load_extension('x')"} {
		if rows, err := s.Exec(q); err == nil {
			rows.Close()
			return fmt.Errorf("%s worked", q)
		}
	}
	if err := s.DeleteAll(); err != nil {
		return err
	}
	if _, err := s.TurnEnd(); err != nil {
		return err
	}
	for range 200 {
		if err := s.Idle(); err != nil {
			return err
		}
	}
	if err := s.Close(); err != nil {
		return err
	}
	fmt.Println("done")
	return nil
}
