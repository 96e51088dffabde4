package battery

import "github.com/facetd/facetd/sandbox"

// Short names for the tables.
const (
	userNS   = sandbox.UserNamespace
	pidNS    = sandbox.PIDNamespace
	netNS    = sandbox.NetNamespace
	ipcNS    = sandbox.IPCNamespace
	utsNS    = sandbox.UTSNamespace
	cgroupNS = sandbox.CgroupNamespace
	root     = sandbox.EmptyRoot
	ids      = sandbox.DistinctIDs
	caps     = sandbox.NoCapabilities
	nnp      = sandbox.NoNewPrivs
	dumpable = sandbox.NotDumpable
	rlimits  = sandbox.ResourceLimits
	cgroup   = sandbox.Cgroup
	landlock = sandbox.Landlock
	filter   = sandbox.Seccomp
	cleanEnv = sandbox.CleanEnv
	cleanFDs = sandbox.CleanFDs
	noNewNS  = sandbox.NoNewNamespaces
	noMemory = sandbox.NoMemoryExec

	paths     = root | landlock | filter // what keeps a path from being opened
	privilege = userNS | ids | caps      // what keeps a process from acting as the host's root

	// What walls around an app say.
	noModule  = "Could not import the module"
	noNetwork = "not permitted to access the internet"
	lost      = "Network connection lost" // the same for every address of a host inside
	spent     = "more processor time than its limit allows"

	landlockNet   = 4 // Landlock ABI with TCP ports
	landlockScope = 6 // and with signals and abstract sockets
)

// surface makes an attempt per probe: the kernel must not even look at the call.
func surface(probes ...string) []Attempt {
	var all []Attempt
	for _, probe := range probes {
		all = append(all, Attempt{Name: probe, Probe: "call " + probe, Holders: filter, Surface: true})
	}
	return all
}

// tests makes references to tests of one package.
func tests(folder string, names ...string) []Test {
	var all []Test
	for _, name := range names {
		all = append(all, Test{folder, name})
	}
	return all
}
