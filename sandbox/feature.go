package sandbox

// Feature names something a host may lack, in the form in which its absence
// is accepted: Config.Accept, or the same word in a configuration file.
type Feature string

// What a host may lack.
const (
	NoUserNamespace Feature = "no-user-namespace"
	NoDistinctUID   Feature = "no-distinct-uid"
	NoCgroup        Feature = "no-cgroup"
	NoLandlock      Feature = "no-landlock"
	NoLandlockNet   Feature = "no-landlock-net"
	NoLandlockScope Feature = "no-landlock-scope"
	NoSeccompNotify Feature = "no-seccomp-notify"
)

type featureInfo struct {
	layer    Layer  // what is not put up when it is missing and accepted
	protects string // what the layer protects against
	remedy   string // how the host gets it
}

var features = map[Feature]featureInfo{
	NoUserNamespace: {UserNamespace,
		"a kernel flaw reached with capabilities the child holds while it starts",
		"enable user namespaces: sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns"},
	NoDistinctUID: {DistinctIDs,
		"a facet that escapes acting as the user of the supervisor and of every other facet",
		"run the supervisor as root, in a container with the range of ids mapped into it"},
	NoCgroup: {Cgroup,
		"a facet taking all memory, CPU time or process ids of the host",
		"run as root, or delegate the memory, pids and cpu controllers (systemd: Delegate=yes)"},
	NoLandlock: {Landlock,
		"a flaw in the mount or network namespace giving access to files, ports or signals",
		"Linux 5.13 or newer with landlock in the lsm= boot parameter"},
	NoLandlockNet: {0,
		"a flaw in the network namespace giving access to TCP ports",
		"Linux 6.7 or newer (Landlock ABI 4)"},
	NoLandlockScope: {0,
		"a flaw in the pid or network namespace giving access to signals or abstract sockets",
		"Linux 6.12 or newer (Landlock ABI 6)"},
	NoSeccompNotify: {0,
		"nothing more; a denied call still ends the facet, but which one it was stays unknown",
		"Linux 5.7 or newer"},
}

// Protects says what is lost without the feature.
func (f Feature) Protects() string { return features[f].protects }

// Remedy says how a host gets the feature.
func (f Feature) Remedy() string { return features[f].remedy }

// Layer is the layer that is not put up when the feature is missing and its
// absence accepted; 0 when a layer is only weaker.
func (f Feature) Layer() Layer { return features[f].layer }

// Optional reports whether a host without the feature is used all the same: a
// layer is weaker there, none is missing. Stable kernels in wide use lack these
// (Debian 12 has Landlock ABI 2).
func (f Feature) Optional() bool { return f.Known() && f.Layer() == 0 }

// Known reports whether f is a feature of this version.
func (f Feature) Known() bool { _, ok := features[f]; return ok }
