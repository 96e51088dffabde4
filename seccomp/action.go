package seccomp

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Kind is an action by its name in the OCI format. The zero value is no action
// and is refused everywhere.
type Kind string

// The actions, strongest first. See seccomp(2) for what the kernel does.
const (
	KindKillProcess Kind = "SCMP_ACT_KILL_PROCESS" // whole process ends with SIGSYS
	KindKillThread  Kind = "SCMP_ACT_KILL_THREAD"  // the calling thread ends
	KindKill        Kind = "SCMP_ACT_KILL"         // older name of KindKillThread
	KindTrap        Kind = "SCMP_ACT_TRAP"         // SIGSYS, which the child may catch
	KindErrno       Kind = "SCMP_ACT_ERRNO"        // not executed, errnoRet is the result
	KindNotify      Kind = "SCMP_ACT_NOTIFY"       // not executed, the listener decides
	KindTrace       Kind = "SCMP_ACT_TRACE"        // a tracer decides, ENOSYS without one
	KindLog         Kind = "SCMP_ACT_LOG"          // executed and logged
	KindAllow       Kind = "SCMP_ACT_ALLOW"        // executed
)

// maxErrno is the largest error number a filter can return (MAX_ERRNO in the
// kernel's include/linux/err.h); the kernel lowers what is above it to it.
const maxErrno = 4095

// Action is what happens to a call. Data is the error number of KindErrno, the
// message of KindTrace, otherwise 0. Actions are comparable; KindKill never
// appears in one, it is written as KindKillThread.
type Action struct {
	Kind Kind
	Data uint16
}

// String names the action; for KindErrno with the error's name.
func (a Action) String() string {
	switch a.Kind {
	case KindErrno:
		if name := unix.ErrnoName(unix.Errno(a.Data)); name != "" {
			return fmt.Sprintf("%s(%s)", a.Kind, name)
		}
		return fmt.Sprintf("%s(%d)", a.Kind, a.Data)
	case KindTrace:
		return fmt.Sprintf("%s(%d)", a.Kind, a.Data)
	}
	return string(a.Kind)
}

// Executes reports whether the kernel runs the call without asking anybody.
func (a Action) Executes() bool { return a.Kind == KindAllow || a.Kind == KindLog }

// returnValues maps each action to the SECCOMP_RET_* value of linux/seccomp.h.
var returnValues = map[Kind]uint32{
	KindKillProcess: unix.SECCOMP_RET_KILL_PROCESS,
	KindKillThread:  unix.SECCOMP_RET_KILL_THREAD,
	KindTrap:        unix.SECCOMP_RET_TRAP,
	KindErrno:       unix.SECCOMP_RET_ERRNO,
	KindNotify:      unix.SECCOMP_RET_USER_NOTIF,
	KindTrace:       unix.SECCOMP_RET_TRACE,
	KindLog:         unix.SECCOMP_RET_LOG,
	KindAllow:       unix.SECCOMP_RET_ALLOW,
}

// ret is the value the filter returns for a.
func (a Action) ret() uint32 { return returnValues[a.Kind] | uint32(a.Data) }

// actionOf reads a filter's return value as the kernel does: an action it does
// not know ends the process (__seccomp_filter in kernel/seccomp.c).
func actionOf(ret uint32) Action {
	data := uint16(ret & unix.SECCOMP_RET_DATA)
	for kind, value := range returnValues {
		if value != ret&unix.SECCOMP_RET_ACTION_FULL {
			continue
		}
		switch kind {
		case KindErrno:
			return Action{kind, min(data, maxErrno)}
		case KindTrace:
			return Action{kind, data}
		}
		return Action{Kind: kind}
	}
	return Action{Kind: KindKillProcess}
}

// resolve joins an action's name and its errnoRet as the OCI specification
// says: EPERM where SCMP_ACT_ERRNO or SCMP_ACT_TRACE come without one.
func resolve(kind Kind, errnoRet *uint) (Action, error) {
	if kind == KindKill {
		kind = KindKillThread
	}
	if _, known := returnValues[kind]; !known {
		if kind == "" {
			return Action{}, errors.New("action missing: write one, such as SCMP_ACT_ALLOW")
		}
		return Action{}, fmt.Errorf("unknown action %q%s", kind, suggest(string(kind), kindNames()))
	}
	if kind != KindErrno && kind != KindTrace {
		if errnoRet != nil {
			return Action{}, fmt.Errorf("errnoRet has no meaning with %s: remove it", kind)
		}
		return Action{Kind: kind}, nil
	}
	if errnoRet == nil {
		return Action{kind, uint16(unix.EPERM)}, nil
	}
	if *errnoRet > maxErrno {
		return Action{}, fmt.Errorf("errnoRet %d is above %d, the largest error number the kernel returns", *errnoRet, maxErrno)
	}
	return Action{kind, uint16(*errnoRet)}, nil
}

func kindNames() []string {
	names := []string{string(KindKill)}
	for kind := range returnValues {
		names = append(names, string(kind))
	}
	return names
}
