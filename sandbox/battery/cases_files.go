package battery

import (
	"strings"

	"github.com/facetd/facetd/sandbox"
)

// open is an attempt to open a path with flags as in open(2).
func open(path, flags string, holders, also sandbox.Layer) Attempt {
	return Attempt{Name: path, Probe: "call openat -100 str:" + path + " " + flags, Holders: holders, Also: also, Reached: "ETXTBSY"}
}

const (
	readOnly  = "0"
	writeOnly = "1"
	create    = "0x41 0x1b6" // O_WRONLY|O_CREAT, mode 0666
)

var oneFile = sandbox.Limits{FileSize: 1 << 20}

var files = []Case{
	{Number: 1, Name: "read files of the host: passwords, keys, configuration", Expect: "DK", Gravest: true, App: []AppAttempt{
		{Name: "import node:fs", Script: "return String((await import([\"node\", \"fs\"].join(\":\"))).readFileSync(\"/etc/passwd\"))", Wall: noModule},
		{Name: "fetch file:", Script: "return (await fetch(\"file:///etc/passwd\")).text()", Wall: noNetwork},
	}, Attempts: []Attempt{
		open("/etc/passwd", readOnly, paths, 0),
		shadow(),
		open("{secret}", readOnly, paths|ids, userNS),
		{Name: "openat2 /etc/passwd", Probe: "call openat2 -100 str:/etc/passwd buf:24 24", Holders: paths},
		{Name: "open /etc/passwd", Probe: "call open str:/etc/passwd 0", Holders: paths},
		{Name: "stat /etc/passwd", Probe: "call stat str:/etc/passwd buf:256", Holders: root | filter},
		{Name: "list /", Probe: "call openat -100 str:/ 0x10000 ; getdents64 $0 buf:4096 4096", Holders: landlock | filter | root,
			Leak: func(s string, _ *Battery) bool { return len(s) > 2 }}, // "." and ".." take 48 bytes
	}},
	{Number: 2, Name: "open another facet's database by absolute or relative path", Expect: "DK", Gravest: true, Attempts: []Attempt{
		open("{file}", readOnly, paths, 0),
		{Name: "to write", Probe: "call openat -100 str:{file} 2", Holders: paths},
		open("{relative}", readOnly, paths, 0),
		open("{dir}/../{relative}", readOnly, paths, 0),
	}},
	{Number: 3, Name: "the same through /proc", Expect: "DK", Gravest: true, Attempts: []Attempt{
		open("/proc/self/root/etc/passwd", readOnly, paths, 0),
		open("/proc/{self}/root/etc/passwd", readOnly, paths|ids, userNS|pidNS|caps),
		open("/proc/{pid}/cwd", readOnly, paths|ids, userNS|pidNS|caps),
		open("/proc/{self}/fd/200", readOnly, paths|ids, userNS|pidNS|caps),
		open("/proc/{pid}/environ", readOnly, paths|ids, userNS|pidNS|caps),
	}},
	{Number: 4, Name: "a folder's descriptor left open (CVE-2024-21626)", Expect: "DK", Gravest: true, Attempts: []Attempt{
		{Name: "openat", Probe: "call openat {leaked-dir} str:etc/passwd 0", Holders: cleanFDs | landlock | filter},
		{Name: "fchdir", Probe: "call fchdir {leaked-dir} ; open str:etc/passwd 0", Holders: cleanFDs | landlock | filter},
	}},
	{Number: 5, Name: "open by handle, past every path (shocker)", Expect: "DK", Gravest: true, Attempts: []Attempt{
		{Name: "open_by_handle_at", Probe: "handle /etc/passwd", Holders: paths | userNS | caps, Also: ids},
	}},
	{Number: 6, Name: "overwrite the program that runs (CVE-2019-5736)", Expect: "DK", Gravest: true, Attempts: []Attempt{
		open("/proc/self/exe", writeOnly, root|filter|ids, userNS|caps|landlock), // a running program is busy before Landlock is asked
		open("/proc/{self}/exe", writeOnly, paths|ids, userNS|pidNS|caps),
	}},
	{Number: 7, Name: "link, rename or remove a database", Expect: "DK", Gravest: true, Attempts: []Attempt{
		{Name: "link", Probe: "call link str:{file} str:{file}.x", Holders: paths},
		{Name: "rename", Probe: "call rename str:{file} str:{file}.x", Holders: paths},
		{Name: "unlink", Probe: "call unlink str:{file}", Holders: paths},
		{Name: "linkat of an open file", Probe: "call linkat file:0 str: -100 str:{dir}/db.x 0x1000", Holders: landlock | filter, Also: sandbox.MountNamespace | userNS | ids | caps, Files: true},
	}},
	{Number: 8, Name: "swap the database for a link between check and use", Expect: "R",
		Tests: tests("supervisor/internal/tree", "TestRefusePlaces", "TestOpenBeneath")},
	{Number: 9, Name: "a database that is a device, folder, huge, hard-linked or foreign", Expect: "R",
		Tests: tests("supervisor/internal/tree", "TestRefuseFiles")},
	{Number: 10, Name: "write beyond the quota", Expect: "LK", Attempts: []Attempt{
		{Name: "ftruncate to 1 TiB", Probe: "call ftruncate file:0 0x10000000000", Holders: rlimits, Files: true, Limits: oneFile},
		{Name: "write at 1 GiB", Probe: "call pwrite64 file:0 buf:8 8 0x40000000", Holders: rlimits, Files: true, Limits: oneFile},
		{Name: "fallocate", Probe: "call fallocate file:0 0 0 0x200000", Holders: rlimits | filter, Files: true, Limits: oneFile},
	}, Tests: tests("facet/storage", "TestQuotaPages", "TestQuotaLog", "TestQuotaFileSize")},
	{Number: 11, Name: "map the database shared", Expect: "K", Attempts: []Attempt{
		{Name: "mmap", Probe: "call mmap 0 4096 3 1 file:0 0", Holders: filter, Files: true},
		{Name: "mmap private", Probe: "call mmap 0 4096 1 2 file:0 0", Holders: filter, Files: true},
	}},
	{Number: 12, Name: "mount, or change a mount", Expect: "DK", Gravest: true, Attempts: []Attempt{
		{Name: "mount", Probe: "call mount str:none str:/ str:tmpfs 0 0", Holders: userNS | caps | landlock | filter, Also: ids},
		{Name: "umount2", Probe: "call umount2 str:/ 2", Holders: userNS | caps | landlock | filter, Also: ids, Reached: "EINVAL EBUSY"},
		{Name: "pivot_root", Probe: "call pivot_root str:/ str:/", Holders: userNS | caps | landlock | filter, Also: ids, Reached: "EINVAL EBUSY"},
		{Name: "fsopen", Probe: "call fsopen str:tmpfs 0", Holders: userNS | caps | filter, Also: ids},
		{Name: "open_tree", Probe: "call open_tree -100 str:/ 1", Holders: userNS | caps | filter, Also: ids},
		{Name: "move_mount", Probe: "call move_mount -100 str:/ -100 str:/ 0", Holders: userNS | caps | landlock | filter, Also: ids, Reached: "EINVAL ELOOP EBUSY"},
		{Name: "mount_setattr", Probe: "call mount_setattr -100 str:/ 0 hex:0100000000000000000000000000000000000000000000000000000000000000 32", Holders: userNS | caps | filter, Also: ids},
		{Name: "remount writable", Probe: "call mount str: str:/ str: 0x1020 0", Holders: userNS | caps | landlock | filter, Also: ids | root},
	}},
	{Number: 13, Name: "chroot out of a chroot", Expect: "DK", Gravest: true, Attempts: []Attempt{
		{Name: "chroot", Probe: "call chroot str:/", Holders: caps | filter, Also: ids | userNS},
	}},
	{Number: 14, Name: "make a device", Expect: "DK", Gravest: true, Attempts: []Attempt{
		{Name: "block", Probe: "call mknodat -100 str:{dir}/device 0x6180 0x700", Holders: paths | userNS | caps, Also: ids},
		{Name: "character", Probe: "call mknodat -100 str:{dir}/device 0x2180 0x101", Holders: paths | userNS | caps, Also: ids},
	}},
	{Number: 15, Name: "write to the kernel: /dev, /sys, /proc/sys, cgroups", Expect: "DK", Gravest: true, Attempts: []Attempt{
		kernelFile("/dev/mem"), kernelFile("/dev/kmsg"), kernelFile("/proc/sys/kernel/core_pattern"),
		kernelFile("/sys/kernel/uevent_helper"), kernelFile("/sys/fs/cgroup/cgroup.procs"), kernelFile("/sys/fs/cgroup/memory/release_agent"),
		kernelFile("/proc/sysrq-trigger"),
		{Name: "/dev/shm", Probe: "call openat -100 str:/dev/shm 0x410002 0x180", Holders: paths, Host: "/dev/shm"}, // O_TMPFILE
	}},
	{Number: 16, Name: "learn of the host from /proc", Expect: "DK", Attempts: []Attempt{
		{Name: "other processes", Probe: "read /proc/{pid}/cmdline", Holders: paths},
		{Name: "/proc/kallsyms", Probe: "read /proc/kallsyms", Holders: paths, Host: "/proc/kallsyms"},
		{Name: "/proc/keys", Probe: "read /proc/keys", Holders: paths, Host: "/proc/keys"},
		{Name: "mounts", Probe: "read /proc/self/mounts", Holders: paths},
		{Name: "/proc/self/maps", Probe: "read /proc/self/maps", Holders: paths, Also: dumpable},
		{Name: "name of the host", Probe: "hostname", Holders: utsNS | filter, Leak: func(s string, b *Battery) bool { return s == b.hostName }},
		{Name: "path of the cgroup", Probe: "read /proc/self/cgroup", Holders: cgroupNS | paths, Leak: outsidePath, Unseen: noCgroupPath},
	}},
	{Number: 17, Name: "attributes and watches of the database", Expect: "K", Attempts: append(surface(
		"fsetxattr -1 str:user.x str:1 1 0", "ioctl -1 0x40086602 buf:8", "fchmod -1 511", "fchown -1 0 0", "inotify_init1 0",
		"fanotify_init 0 0", "flock -1 2"),
		Attempt{Name: "futimens of the database", Probe: "call utimensat file:0 0 0 0", Holders: filter, Files: true},
		Attempt{Name: "a lease", Probe: "call fcntl file:0 1024 1", Holders: filter, Also: userNS | ids | caps, Files: true, Reached: "EAGAIN"})},
	{Number: 18, Name: "dump memory to disk", Expect: "DK", Attempts: []Attempt{
		{Name: "dumpable", Probe: "prctl 3", Holders: dumpable, Also: filter | ids, Leak: func(s string, _ *Battery) bool { return s == "1" }},
		{Name: "core size", Probe: "rlimit 4", Holders: rlimits, Also: filter, Leak: func(s string, _ *Battery) bool { return s != "0" }, Unseen: noCore},
	}},
}

// outsidePath reports whether a list of cgroups, "number:controllers:path", names
// a path that is not the root of the reader's own namespace.
func outsidePath(s string, _ *Battery) bool {
	for _, line := range strings.Fields(s) {
		if parts := strings.SplitN(line, ":", 3); len(parts) == 3 && parts[2] != "/" {
			return true
		}
	}
	return false
}

// shadow is an attempt on the file of passwords, which the host may not have.
func shadow() Attempt {
	a := open("/etc/shadow", readOnly, paths|ids, userNS)
	a.Host = "/etc/shadow"
	return a
}

// kernelFile is an attempt to open a file of the kernel for writing.
func kernelFile(path string) Attempt {
	a := open(path, writeOnly, paths|ids, userNS|caps)
	a.Host = path
	return a
}
