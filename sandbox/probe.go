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
	r := probeHost(groups, err, IDRange{}.withDefaults())
	r.withDisk("/", groups)
	if groups != nil {
		if err := groups.close(); err != nil {
			return Report{}, fmt.Errorf("sandbox: %w", err)
		}
	}
	return r, nil
}

func probeHost(groups groups, groupErr error, ids IDRange) Report {
	r := Report{Root: privileged()}
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
	switch {
	case !r.Root:
		r.miss(NoDistinctUID, fmt.Sprintf("the supervisor runs as user %d without root's capabilities", os.Geteuid()))
	case !idsMapped("/proc/self/uid_map", ids) || !idsMapped("/proc/self/gid_map", ids):
		r.miss(NoDistinctUID, fmt.Sprintf("the ids %d to %d do not exist in this container", ids.First, ids.First+ids.Count-1))
	}
	return r
}

// idsMapped reports whether a range of ids exists in the user namespace of
// this process.
func idsMapped(file string, ids IDRange) bool {
	b, err := os.ReadFile(file)
	if err != nil {
		return false
	}
	maps, err := parseIDMap(string(b))
	if err != nil {
		return false
	}
	last := uint64(ids.First) + uint64(ids.Count) - 1
	for _, m := range maps {
		if ids.First >= m.Inside && last < uint64(m.Inside)+uint64(m.Count) {
			return true
		}
	}
	return false
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
