//go:build linux && amd64

package sandbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/facetd/facetd/sandbox/internal/wire"
	"github.com/facetd/facetd/seccomp"
)

// parentLayers are those the parent puts up by the way it starts the child.
const parentLayers = UserNamespace | MountNamespace | PIDNamespace | NetNamespace |
	IPCNamespace | UTSNamespace | Cgroup

var namespaceFlags = []struct {
	layer Layer
	flag  uintptr
}{
	{UserNamespace, unix.CLONE_NEWUSER},
	{MountNamespace, unix.CLONE_NEWNS},
	{PIDNamespace, unix.CLONE_NEWPID},
	{NetNamespace, unix.CLONE_NEWNET},
	{IPCNamespace, unix.CLONE_NEWIPC},
	{UTSNamespace, unix.CLONE_NEWUTS},
	{CgroupNamespace, unix.CLONE_NEWCGROUP},
}

// decide settles which layers the child gets, as whom it runs and its filter.
func (s *start) decide() error {
	s.layers = AllLayers &^ s.spec.Policy.Without &^ s.launcher.missing
	// What the host lacks takes along what would stand on it, where that is best
	// effort anyway.
	s.layers &^= s.launcher.missing.WithDependents() & bestEffort()
	for _, n := range needs {
		if s.layers.Has(n.layer) && !s.layers.Has(n.without) {
			return fmt.Errorf("sandbox: specification: %s needs %s: remove both or neither", n.layer, n.without)
		}
	}
	if err := s.decideIDs(); err != nil {
		return err
	}
	if !s.layers.Has(Seccomp) {
		return nil
	}
	program := s.spec.Policy.Seccomp
	if program == nil {
		var err error
		if program, err = hardened(s.launcher.host.Notification); err != nil {
			return &StartError{Layer: Seccomp, Step: "compile the built-in profile", Err: err}
		}
	}
	s.filter = program.Bytes()
	if len(s.filter) == 0 {
		return &StartError{Layer: Seccomp, Step: "take the program", Err: errors.New("it is empty")}
	}
	if s.notifies = notifies(s.filter); s.notifies && !s.launcher.host.Notification {
		return &StartError{Layer: Seccomp, Step: "take the program",
			Err:  errors.New("it notifies, which this kernel cannot"),
			Hint: "compile the profile with WithDefault(seccomp.KindKillProcess)"}
	}
	return nil
}

// hardened is the built-in program; without notification it kills instead.
func hardened(notify bool) (*seccomp.Program, error) {
	if notify {
		return hardenedNotify()
	}
	return seccomp.Compile(seccomp.Hardened().WithDefault(seccomp.KindKillProcess))
}

var hardenedNotify = sync.OnceValues(func() (*seccomp.Program, error) { return seccomp.Compile(seccomp.Hardened()) })

// notifies reports whether a program returns SECCOMP_RET_USER_NOTIF anywhere.
func notifies(filter []byte) bool {
	for ; len(filter) >= 8; filter = filter[8:] {
		code, k := binary.NativeEndian.Uint16(filter), binary.NativeEndian.Uint32(filter[4:])
		if code == unix.BPF_RET|unix.BPF_K && k&unix.SECCOMP_RET_ACTION_FULL == unix.SECCOMP_RET_USER_NOTIF {
			return true
		}
	}
	return false
}

// decideIDs picks the user on the host.
func (s *start) decideIDs() error {
	if !privileged() {
		s.uid, s.gid = uint32(os.Geteuid()), uint32(os.Getegid())
		return nil
	}
	if !s.layers.Has(DistinctIDs) {
		return nil // root, as the caller asked for in so many words
	}
	s.uid, s.gid = s.spec.Policy.UID, s.spec.Policy.GID
	if s.uid == 0 {
		uid, err := s.launcher.ids.take()
		if err != nil {
			return &StartError{Layer: DistinctIDs, Step: "pick a user id", Err: err}
		}
		s.uid, s.uidTaken = uid, true
	}
	if s.gid == 0 {
		s.gid = s.uid
	}
	return nil
}

// makesUserNS reports whether the child makes its user namespace itself, which
// takes a privileged launcher. It is also the cheap way: Go's fork with
// CLONE_NEWUSER copies the supervisor's page tables, which at a heap of 1 GiB
// takes 120 ms.
func (s *start) makesUserNS() bool { return s.layers.Has(UserNamespace) && privileged() }

func (s *start) procAttr() *syscall.ProcAttr {
	// A session of its own: no terminal to inject input into (TIOCSTI), and a
	// Ctrl-C there reaches the supervisor alone, which lets requests finish.
	sys := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setsid: true}
	for _, n := range namespaceFlags {
		if s.layers.Has(n.layer) {
			sys.Cloneflags |= n.flag
		}
	}
	// The cgroup namespace is always the child's to make, once in its group.
	sys.Cloneflags &^= unix.CLONE_NEWCGROUP
	if s.makesUserNS() {
		sys.Cloneflags &^= unix.CLONE_NEWUSER
	} else if s.layers.Has(UserNamespace) {
		sys.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: int(s.uid), Size: 1}}
		sys.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: int(s.gid), Size: 1}}
	}
	if s.group != nil {
		if fd := s.group.dirFD(); fd >= 0 {
			sys.UseCgroupFD, sys.CgroupFD = true, fd
		}
	}
	return &syscall.ProcAttr{Dir: "/", Env: s.env(), Files: s.pipes.files(), Sys: sys}
}

// insideID is the user and group the child has in its own user namespace. It
// is the only one mapped: there is no root in there.
const insideID = 1

// idMap is the line for uid_map or gid_map of a namespace the child has made.
func (s *start) idMap(host uint32) string {
	if !s.layers.Has(DistinctIDs) {
		return fmt.Sprintf("0 %d 1", host)
	}
	return fmt.Sprintf("%d %d 1", insideID, host)
}

func (s *start) env() []string {
	cookie := CookieKey + "=" + CookieValue
	if !s.layers.Has(CleanEnv) {
		return append(append(os.Environ(), s.spec.Env...), cookie)
	}
	return append([]string{cookie}, s.spec.Env...)
}

// wireSpec is what the constructor is told.
func (s *start) wireSpec() *wire.Spec {
	w := &wire.Spec{
		Layers:   uint64(s.layers),
		UID:      s.uid,
		GID:      s.gid,
		EnvCount: uint32(1 + len(s.spec.Env)),
		Filter:   s.filter,
	}
	if s.makesUserNS() {
		w.Flags |= wire.FlagMakeUserNS
		w.UID, w.GID = insideID, insideID
	}
	if privileged() {
		w.Flags |= wire.FlagSetgroups
	}
	for resource, value := range s.rlimits() {
		w.RlimitMask |= 1 << resource
		w.Rlimits[resource] = [2]uint64{value, value}
	}
	w.Rlimits[unix.RLIMIT_FSIZE][1] = max(s.limits.FileSize, s.limits.FileSizeMax)
	return w
}

// rlimits are the limits that cgroups do not cover, or cover as a second wall.
func (s *start) rlimits() map[int]uint64 {
	return map[int]uint64{
		unix.RLIMIT_CORE:       0,
		unix.RLIMIT_FSIZE:      s.limits.FileSize,
		unix.RLIMIT_NOFILE:     s.limits.OpenFiles,
		unix.RLIMIT_NPROC:      uint64(s.limits.Pids),
		unix.RLIMIT_STACK:      s.limits.Stack,
		unix.RLIMIT_MEMLOCK:    0,
		unix.RLIMIT_MSGQUEUE:   0,
		unix.RLIMIT_NICE:       0,
		unix.RLIMIT_RTPRIO:     0,
		unix.RLIMIT_SIGPENDING: 128,
	}
}
