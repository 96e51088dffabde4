//go:build linux && amd64

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Report is what a host can give.
type Report struct {
	Kernel       string           // release, as uname(2) says
	Root         bool             // the supervisor has root's rights
	Namespaces   map[Layer]string // each namespace layer: "" when it works, else why not
	Cgroup       string           // version and controllers, "" when unusable
	CgroupError  string           // why it is unusable
	LandlockABI  int              // 0: none
	Notification bool             // seccomp tells which call was denied
	Pidfd        bool             // processes are addressed without pid reuse
	CoreSched    bool             // core scheduling is there
	Missing      []Missing        // what can be accepted with Config.Accept
	Fatal        []string         // what no setting can replace
}

// Missing is a feature that this host lacks.
type Missing struct {
	Feature Feature
	Detail  string
}

// leastNetABI and leastScopeABI: landlock(7), "VERSIONS".
const (
	leastNetABI   = 4
	leastScopeABI = 6
)

// Probe finds out what this host can give, by trying; it leaves nothing
// behind. It may run beside launchers.
func Probe(ctx context.Context) (Report, error) {
	if err := ctx.Err(); err != nil {
		return Report{}, err
	}
	groups, err := openGroups("facetd")
	if err != nil && !errors.Is(err, errNoController) {
		return Report{}, fmt.Errorf("sandbox: %w", err)
	}
	r := probeHost(groups, err)
	if groups != nil {
		if err := groups.close(); err != nil {
			return Report{}, fmt.Errorf("sandbox: %w", err)
		}
	}
	return r, nil
}

func probeHost(groups groups, groupErr error) Report {
	r := Report{Root: os.Geteuid() == 0}
	var uts unix.Utsname
	if unix.Uname(&uts) == nil {
		r.Kernel = unix.ByteSliceToString(uts.Release[:])
	}
	if groups != nil {
		r.Cgroup = groups.describe()
	} else if groupErr != nil {
		r.CgroupError = groupErr.Error()
		r.miss(NoCgroup, r.CgroupError)
	}
	r.probeNamespaces()
	r.probeKernel()
	if !r.Root {
		r.miss(NoDistinctUID, fmt.Sprintf("the supervisor runs as user %d", os.Geteuid()))
	}
	return r
}

func (r *Report) miss(f Feature, detail string) {
	r.Missing = append(r.Missing, Missing{f, detail})
}

// probeNamespaces tries each namespace, unprivileged together with a user
// namespace: the way children are made.
func (r *Report) probeNamespaces() {
	r.Namespaces = map[Layer]string{}
	user := tryClone(unix.CLONE_NEWUSER)
	with := uintptr(0)
	if !r.Root {
		with = unix.CLONE_NEWUSER
	}
	for _, n := range namespaceFlags {
		why := ""
		if err := tryClone(n.flag | with); err != nil {
			why = err.Error()
		}
		r.Namespaces[n.layer] = why
		if why != "" && n.layer != UserNamespace {
			r.Fatal = append(r.Fatal, fmt.Sprintf("%s: %s: the kernel must be built with it and the caller allowed to make one", n.layer, why))
		}
	}
	if user != nil {
		r.miss(NoUserNamespace, user.Error())
		if !r.Root {
			r.Fatal = append(r.Fatal, "without root a user namespace is needed for every other one: "+NoUserNamespace.Remedy())
		}
	}
}

// tryClone makes a child with the flags and lets its exec fail: the error then
// tells that everything before, the id maps included, worked.
func tryClone(flags uintptr) error {
	sys := &syscall.SysProcAttr{Cloneflags: flags}
	if flags&unix.CLONE_NEWUSER != 0 {
		sys.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		sys.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	_, err := syscall.ForkExec("/proc/self/fd/no such file", nil, &syscall.ProcAttr{Sys: sys})
	if errors.Is(err, syscall.ENOENT) {
		return nil
	}
	return err
}

func (r *Report) probeKernel() {
	r.LandlockABI = landlockABI()
	switch {
	case r.LandlockABI < 1:
		r.miss(NoLandlock, "the kernel has no Landlock")
	case r.LandlockABI < leastNetABI:
		r.miss(NoLandlockNet, fmt.Sprintf("Landlock ABI %d", r.LandlockABI))
		r.miss(NoLandlockScope, fmt.Sprintf("Landlock ABI %d", r.LandlockABI))
	case r.LandlockABI < leastScopeABI:
		r.miss(NoLandlockScope, fmt.Sprintf("Landlock ABI %d", r.LandlockABI))
	}
	actions, err := os.ReadFile("/proc/sys/kernel/seccomp/actions_avail")
	has := func(name string) bool {
		for _, a := range strings.Fields(string(actions)) {
			if a == name {
				return true
			}
		}
		return false
	}
	if err != nil || !has("kill_process") || !has("errno") {
		r.Fatal = append(r.Fatal, "seccomp with kill_process: Linux 4.14 or newer with CONFIG_SECCOMP_FILTER is needed")
	}
	if r.Notification = has("user_notif"); !r.Notification {
		r.miss(NoSeccompNotify, "the kernel has no user notification")
	}
	fd, err := unix.PidfdOpen(os.Getpid(), 0)
	if r.Pidfd = err == nil; r.Pidfd {
		unix.Close(fd)
	} else {
		r.Fatal = append(r.Fatal, "pidfd: Linux 5.13 or newer is needed")
	}
	// Reading one's own cookie works wherever the option is built in.
	err = unix.Prctl(unix.PR_SCHED_CORE, unix.PR_SCHED_CORE_GET, uintptr(os.Getpid()), 0, 0)
	r.CoreSched = err != unix.EINVAL && err != unix.ENODEV
}
