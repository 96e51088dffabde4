package wire

// Step is one step of the lock-down, numbered as in spec.h.
type Step uint32

// The steps.
const (
	StepNone Step = iota
	StepSpec
	StepThreads
	StepEnv
	StepFDs
	StepPrivate
	StepTmpfs
	StepPivot
	StepDetach
	StepReadonly
	StepHostname
	StepRlimit
	StepBounding
	StepSecurebits
	StepAmbient
	StepGroups
	StepGID
	StepUID
	StepCapset
	StepNNP
	StepDumpable
	StepPdeathsig
	StepLandlock
	StepMemory
	StepSeccomp
	StepCgroupNS
	StepUserNS
	steps
)

var stepNames = [steps]string{
	StepNone:       "none",
	StepSpec:       "receive the specification",
	StepThreads:    "check that there is one thread",
	StepEnv:        "check the environment",
	StepFDs:        "close inherited descriptors",
	StepPrivate:    "make mounts private",
	StepTmpfs:      "mount the empty root",
	StepPivot:      "enter the empty root",
	StepDetach:     "detach the host's files",
	StepReadonly:   "make the root read-only",
	StepHostname:   "hide the host's name",
	StepRlimit:     "set resource limits",
	StepBounding:   "empty the capability bounding set",
	StepSecurebits: "lock the secure bits",
	StepAmbient:    "clear ambient capabilities",
	StepGroups:     "drop supplementary groups",
	StepGID:        "change the group id",
	StepUID:        "change the user id",
	StepCapset:     "drop capabilities",
	StepNNP:        "set no_new_privs",
	StepDumpable:   "forbid dumps and attachment",
	StepPdeathsig:  "bind to the supervisor's life",
	StepLandlock:   "enter the Landlock domain",
	StepMemory:     "keep the seccomp program",
	StepSeccomp:    "install the seccomp program",
	StepCgroupNS:   "make the cgroup namespace",
	StepUserNS:     "make the user namespace",
}

// String returns what the step does, in words.
func (s Step) String() string {
	if s >= steps {
		return "unknown step"
	}
	return stepNames[s]
}
