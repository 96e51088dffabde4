//go:build !race

// The race detector makes calls of its own, which this test refuses to its thread.

package seccomp

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Error numbers that the kernel has no use for: what the policy refuses, and what
// it allows.
const (
	refusedMark = 4000
	allowedMark = 4001
)

func init() { helpers["oracle"], helpers["foreign"] = helpOracle, helpForeign }

// helpOracle asks the kernel what the filter decides, without that any call is
// made: a second filter turns what would be allowed into a notification, and that
// is answered with an error. The filters are on one thread, which makes nothing but
// the calls, not even one to wake another; Go's own go on elsewhere.
func helpOracle(req request) (any, error) {
	debug.SetGCPercent(-1) // no signal may reach the thread: it could not return from it
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return nil, err
	}
	program, err := FromBytes(req.Filter)
	if err != nil {
		return nil, err
	}
	results := make([]result, len(req.Calls))
	var listener, failure atomic.Int32
	var finished atomic.Bool
	go func() {
		runtime.LockOSThread()
		// The attribute is each thread's own.
		unix.RawSyscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0)
		fd, errno := install([]unix.SockFilter{{Code: opReturn, K: unix.SECCOMP_RET_USER_NOTIF}}, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER)
		if errno == 0 {
			listener.Store(int32(fd))
			_, errno = install(program.filter, 0)
		}
		failure.Store(int32(errno))
		for i := range req.Calls {
			c := &req.Calls[i]
			r, _, errno := unix.RawSyscall6(uintptr(c[0]), uintptr(c[1]), uintptr(c[2]), uintptr(c[3]), uintptr(c[4]), uintptr(c[5]), uintptr(c[6]))
			results[i] = result{uint64(r), errno}
		}
		finished.Store(true)
		//lint:ignore SA5002 waiting would take a call
		for {
		}
	}()
	for listener.Load() == 0 && !finished.Load() {
		time.Sleep(time.Millisecond)
	}
	go answerAll(int(listener.Load()))
	for end := time.Now().Add(time.Minute); !finished.Load(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			return nil, errors.New("the calls take longer than a minute")
		}
	}
	if errno := failure.Load(); errno != 0 {
		return nil, fmt.Errorf("install the filters: %w", unix.Errno(errno))
	}
	return results, nil
}

// answerAll lets the first call be made, which installs the filter under test, and
// none after it.
func answerAll(listener int) {
	for first := true; ; first = false {
		n, errno := receive(listener)
		if errno != 0 {
			return
		}
		a := answer{ID: n.ID, Error: -allowedMark}
		if first {
			a = answer{ID: n.ID, Flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE}
		}
		if respond(listener, a) != 0 {
			return
		}
	}
}

// TestLiveOracle: the kernel under the compiled filter decides what the policy's
// text says, for every number below the x32 range and at every edge of every
// condition.
func TestLiveOracle(t *testing.T) {
	for name, profile := range builtins {
		t.Run(name, func(t *testing.T) {
			p := profile().WithDefault(KindErrno)
			mark := uint(refusedMark)
			p.DefaultErrnoRet = &mark
			program := mustCompile(t, p)
			req := request{Filter: program.Bytes()}
			var want []unix.Errno
			allowed := 0
			for _, call := range calls(p) {
				if call.Arch != ArchX8664 || call.NR >= X32Bit || passesAlways(call.NR) {
					continue
				}
				action := Explain(p, call).Action
				errno := unix.Errno(action.Data)
				if action.Kind == KindAllow {
					errno = allowedMark
					allowed++
				} else if action.Kind != KindErrno {
					t.Fatalf("%+v: %v: neither allowed nor refused", call, action)
				}
				if by, err := program.Evaluate(call); err != nil || by != action {
					t.Fatalf("%+v: our interpreter says %v, %v", call, by, err)
				}
				want = append(want, errno)
				req.Calls = append(req.Calls, [7]uint64{uint64(call.NR), call.Args[0], call.Args[1], call.Args[2], call.Args[3], call.Args[4], call.Args[5]})
			}
			var got []result
			if signal := ask(t, "oracle", req, &got); signal != 0 {
				t.Fatalf("ended by %v", signal)
			}
			for i, r := range got {
				if r.Errno != want[i] {
					t.Errorf("%s%#x: the kernel gave %d, want %d", SyscallName(uint32(req.Calls[i][0])), req.Calls[i][1:], r.Errno, want[i])
				}
			}
			if allowed < 100 || len(got)-allowed < 1000 {
				t.Errorf("%d calls allowed of %d: too few", allowed, len(got))
			}
			t.Logf("%d calls, %d allowed", len(got), allowed)
		})
	}
}

// helpForeign makes each call in a process of its own, since one kills it, and
// tells the signal that did. A number of the 32-bit ABI has bit 63.
func helpForeign(req request) (any, error) {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return nil, err
	}
	program, err := FromBytes(req.Filter)
	if err != nil {
		return nil, err
	}
	signals := make([]syscall.Signal, len(req.Calls))
	fprog := unix.SockFprog{Len: uint16(len(program.filter)), Filter: &program.filter[0]}
	for i, c := range req.Calls {
		pid, errno := forkAndCall(&fprog, c[0])
		if errno != 0 {
			return nil, errno
		}
		var status unix.WaitStatus
		if _, err := unix.Wait4(int(pid), &status, 0, nil); err != nil {
			return nil, err
		}
		signals[i] = status.Signal()
	}
	return signals, nil
}

// TestLiveForeign: a filter that allows everything still ends a process for each
// number of the x32 range, each negative one and each of the 32-bit ABI.
func TestLiveForeign(t *testing.T) {
	const bits32 = 1 << 63
	req := request{Filter: mustCompile(t, &Profile{DefaultAction: KindAllow}).Bytes()}
	for nr := range uint64(600) {
		req.Calls = append(req.Calls, [7]uint64{uint64(X32Bit) | nr}, [7]uint64{bits32 | nr})
	}
	for _, nr := range []uint64{uint64(X32Bit) | 1<<20, 1<<31 - 1, 1 << 31, 1<<32 - 2, 1<<32 - 1} {
		req.Calls = append(req.Calls, [7]uint64{nr}, [7]uint64{bits32 | nr})
	}
	var signals []syscall.Signal
	if signal := ask(t, "foreign", req, &signals); signal != 0 {
		t.Fatalf("ended by %v", signal)
	}
	emulation := true
	for i, signal := range signals {
		nr := req.Calls[i][0]
		if nr&bits32 != 0 && signal == syscall.SIGSEGV {
			emulation = false // int 0x80 is no call here: nothing to filter
			continue
		}
		if signal != syscall.SIGSYS {
			t.Errorf("number %#x: %v, want SIGSYS", nr, signal)
		}
	}
	t.Logf("%d numbers; 32-bit emulation in this kernel: %t", len(signals), emulation)
	// Control: a number of the table comes back.
	control := request{Filter: req.Filter, Calls: [][7]uint64{{unix.SYS_GETPID}}}
	if ask(t, "foreign", control, &signals); len(signals) != 1 || signals[0] > 0 {
		t.Errorf("control: getpid: %v", signals)
	}
}
