package sandbox

// Report is what a host can give.
type Report struct {
	Kernel       string           // release, as uname(2) says
	Root         bool             // the supervisor is root with the capabilities that takes
	Namespaces   map[Layer]string // each namespace layer: "" when it works, else why not
	Cgroup       string           // version and controllers, "" when unusable
	CgroupError  string           // why it is unusable
	Disk         string           // device that writes are bounded on, MAJOR:MINOR; "": they are not
	DiskError    string           // why not, where Config.DataDir was given; of Probe, for the device of /
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
