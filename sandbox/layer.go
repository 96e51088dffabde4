package sandbox

import (
	"math/bits"
	"strings"
)

// Layer is a set of the walls around a process. The zero value is the empty
// set. The numbers travel to the child (facet/internal/lockdown/spec.h).
type Layer uint64

// The walls. Each must hold alone against what it is named for.
const (
	UserNamespace      Layer = 1 << iota // capabilities of the child mean nothing outside
	MountNamespace                       // own mount table
	PIDNamespace                         // sees and signals no process but itself
	NetNamespace                         // no interface that is up, not even loopback
	IPCNamespace                         // no System V or POSIX queues, shared memory of others
	UTSNamespace                         // the host's name is hidden
	CgroupNamespace                      // the cgroup path is hidden
	EmptyRoot                            // a read-only root directory without an entry
	DistinctIDs                          // a user and group id no other process has
	NoCapabilities                       // all five sets empty, secure bits locked
	NoNewPrivs                           // execve gains nothing
	NotDumpable                          // no core, no ptrace by the same user, /proc entry owned by root
	ResourceLimits                       // setrlimit(2)
	Cgroup                               // memory, pids and cpu controllers
	Landlock                             // no path, no TCP port, no signal or abstract socket beyond the domain
	Seccomp                              // the allow-list of system calls
	CleanEnv                             // only the variables of Spec.Env
	CleanFDs                             // only descriptors 0 to 4
	CoreScheduling                       // no foreign thread on the sibling of its core, where the CPU has siblings
	NoNewNamespaces                      // the limits of its user namespace: not one more namespace in it
	NoMemoryExec                         // vm.memfd_noexec of its pid namespace: no program that was never a file
	SpeculationControl                   // no branch prediction trained by another process, where the CPU can be told
	layerEnd
)

// AllLayers is every layer there is.
const AllLayers = layerEnd - 1

var layerNames = [...]string{
	"user-namespace", "mount-namespace", "pid-namespace", "net-namespace",
	"ipc-namespace", "uts-namespace", "cgroup-namespace", "empty-root",
	"distinct-ids", "no-capabilities", "no-new-privs", "not-dumpable",
	"resource-limits", "cgroup", "landlock", "seccomp", "clean-env",
	"clean-fds", "core-scheduling", "no-new-namespaces", "no-memory-exec",
	"speculation-control",
}

// Has reports whether all of x is in l.
func (l Layer) Has(x Layer) bool { return l&x == x }

// Each returns the layers of l one by one.
func (l Layer) Each() []Layer {
	var all []Layer
	for rest := l & AllLayers; rest != 0; rest &= rest - 1 {
		all = append(all, rest&-rest)
	}
	return all
}

// String returns the names, joined with "+", or "none".
func (l Layer) String() string {
	var names []string
	for _, one := range l.Each() {
		names = append(names, layerNames[bits.TrailingZeros64(uint64(one))])
	}
	if names == nil {
		return "none"
	}
	return strings.Join(names, "+")
}

// ParseLayer returns the layer with the given name, as [Layer.String] writes
// it, and false when there is none.
func ParseLayer(name string) (Layer, bool) {
	for i, n := range layerNames {
		if n == name {
			return 1 << i, true
		}
	}
	return 0, false
}

// needs lists what a layer cannot be put up without.
var needs = []struct{ layer, without Layer }{
	{EmptyRoot, MountNamespace},
	{Landlock, NoNewPrivs},
	{Seccomp, NoNewPrivs},
	{NoNewNamespaces, UserNamespace}, // else the limit would be the host's
	{NoMemoryExec, PIDNamespace},     // the same
}

// WithDependents adds to l the layers that can't stand without one of l: what has
// to be removed together.
func (l Layer) WithDependents() Layer {
	for {
		before := l
		for _, n := range needs {
			if l.Has(n.without) {
				l |= n.layer
			}
		}
		if l == before {
			return l
		}
	}
}

// absent says of the layers that are put up where the host can, and silently not
// where it can't, what that means. For all others the host's lack is a [Feature].
var absent = map[Layer]string{
	CoreScheduling:     "no two threads share a core here, or the kernel was built without it: then a neighbour on the same core can be measured",
	NoNewNamespaces:    "/proc/sys is read-only here: the system-call filter alone keeps a facet from making namespaces",
	NoMemoryExec:       "the kernel is older than 6.3, or this user may not set it: the system-call filter alone keeps a facet from running a program from memory",
	SpeculationControl: "this processor or kernel has no such switch: what it does about branch predictions holds for all processes or for none",
}

// BestEffort reports whether a process is started without l where the host has
// none. What such a layer stops, another one stops too, or nothing here needs it.
func (l Layer) BestEffort() bool { return absent[l] != "" }

// Absent says what it means that a best-effort layer is not in force; "" for others.
func (l Layer) Absent() string { return absent[l] }

func bestEffort() (all Layer) {
	for l := range absent {
		all |= l
	}
	return all
}
