package sandbox

import "time"

// Config is how a launcher works. The zero value is the strictest.
type Config struct {
	// CgroupParent is the name of the cgroup below the supervisor's own
	// that holds all children; 0 value: "facetd". a-z A-Z 0-9 - _ only.
	CgroupParent string
	// IDs are the user ids children run as when the supervisor is root.
	// Two launchers at the same time, in whatever process, need ranges
	// that do not overlap.
	IDs IDRange
	// DataDir is a directory on the device whose writes [Limits.DiskWrite]
	// bounds, best effort: Report.Disk says whether that works here. "" bounds
	// none.
	DataDir string
	// Accept lists features whose absence on this host is accepted.
	Accept []Feature
	// StartTimeout bounds a start until the child is locked down, also
	// where the context has no deadline; 0: 10 s.
	StartTimeout time.Duration
}
