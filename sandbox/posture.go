package sandbox

// Posture is what the kernel says that a live process may do, read from
// outside. Nothing in it is the process's own word, except the contents of
// Environ and Args, which it may have overwritten.
type Posture struct {
	PID     int
	Threads []ThreadPosture // every thread; the layers must be the same on all
	// UIDMap and GIDMap are the maps of its user namespace.
	UIDMap, GIDMap []IDMap
	// Namespaces holds the inode of each namespace by its name in
	// /proc/PID/ns; two processes share one when the numbers are equal.
	Namespaces map[string]uint64
	Mounts     []Mount
	// RootEntries are the names in its root directory.
	RootEntries []string
	Files       []OpenFile
	Environ     []string
	Args        []string
	Limits      map[string]Rlimit // by the name in /proc/PID/limits
	Cgroups     []CgroupPosture
	// Dumpable is whether processes of the same user may attach to it and
	// whether it may leave a core. A process of root's is always shown as
	// dumpable, because the kernel shows no difference.
	Dumpable bool
	// Umask is its file mode mask.
	Umask uint32
	// Unreadable lists what could not be read and why: then the field is
	// empty, not the thing.
	Unreadable []string
}

// ThreadPosture is what differs from thread to thread in Linux.
type ThreadPosture struct {
	TID        int
	UID, GID   [4]uint32 // real, effective, saved, file system; as the reader sees them
	Groups     []uint32
	Caps       Capabilities
	NoNewPrivs bool
	// Seccomp is 0 without, 1 strict, 2 filter.
	Seccomp int
	// SeccompFilters is how many filters are stacked.
	SeccompFilters int
}

// Capabilities are the five sets, one bit for each capability's number.
type Capabilities struct {
	Inheritable, Permitted, Effective, Bounding, Ambient uint64
}

// None reports whether all five sets are empty.
func (c Capabilities) None() bool { return c == Capabilities{} }

// IDMap is one line of a user namespace's map.
type IDMap struct {
	Inside, Outside, Count uint32
}

// Mount is one line of a mount table.
type Mount struct {
	Root, Point, Type, Source string
	Options, SuperOptions     []string
}

// FileClass is what kind of thing a descriptor is.
type FileClass string

// The classes of descriptors.
const (
	FileNull      FileClass = "null" // /dev/null
	FileDevice    FileClass = "device"
	FileRegular   FileClass = "regular"
	FileDirectory FileClass = "directory"
	FilePipe      FileClass = "pipe"
	FileSocket    FileClass = "socket"
	FileEventFD   FileClass = "eventfd"
	FileEpoll     FileClass = "eventpoll"
	FileMemFD     FileClass = "memfd"
	FileOther     FileClass = "other"
)

// OpenFile is one open descriptor.
type OpenFile struct {
	FD    int
	Class FileClass
	// Target is the kernel's name for it, such as "socket:[123]" or a path.
	Target string
}

// Unlimited is the value of a limit that is none.
const Unlimited = ^uint64(0)

// Rlimit is one resource limit.
type Rlimit struct {
	Soft, Hard uint64
}

// CgroupPosture is the process's place in one hierarchy.
type CgroupPosture struct {
	// Controllers are those of a v1 hierarchy; empty for the unified one.
	Controllers []string
	Path        string
	// Values are the contents of the limit files, by their name.
	Values map[string]string
}
