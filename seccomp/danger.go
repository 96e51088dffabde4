package seccomp

// neverSafe are syscalls that no argument check makes fit for hostile code: what
// they do is in memory that a filter cannot read, or is itself the escape. The
// text says why.
var neverSafe = collect(map[string][]string{
	"reads or changes other processes": {
		"ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "process_mrelease",
		"pidfd_open", "pidfd_getfd", "pidfd_send_signal", "kcmp", "migrate_pages", "move_pages",
	},
	"loads code into the kernel or changes it": {
		"bpf", "init_module", "finit_module", "delete_module", "create_module", "kexec_load",
		"kexec_file_load", "perf_event_open", "uprobe", "uretprobe",
	},
	"runs calls that the filter never sees": {
		"io_uring_setup", "io_uring_enter", "io_uring_register", "io_setup", "io_submit", "clone3",
	},
	"starts another program or process": {"execve", "execveat", "fork", "vfork"},
	"changes mounts, roots or namespaces": {
		"mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "fsopen", "fsconfig",
		"fsmount", "fspick", "move_mount", "open_tree", "open_tree_attr", "mount_setattr",
		"statmount", "listmount", "listns", "swapon", "swapoff",
	},
	"opens files past every path check": {"open_by_handle_at", "name_to_handle_at"},
	"opens a file by a path that a filter cannot read": {
		"open", "openat", "openat2", "creat", "memfd_create", "memfd_secret",
	},
	"handles faults of the kernel in user space, which widens its races": {"userfaultfd"},
	"reaches keys shared between processes":                              {"add_key", "request_key", "keyctl"},
	"changes identity or privileges": {
		"setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups",
		"setfsuid", "setfsgid", "capset",
	},
	"changes segments or I/O ports": {"modify_ldt", "iopl", "ioperm"},
	"adds filters or rule sets":     {"seccomp", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"},
	"administers the machine": {
		"reboot", "sethostname", "setdomainname", "syslog", "acct", "settimeofday", "clock_settime",
		"adjtimex", "clock_adjtime", "quotactl", "quotactl_fd", "nfsservctl", "vhangup", "lookup_dcookie",
	},
	"makes device nodes": {"mknod", "mknodat"},
	"shares memory or messages between processes": {
		"shmget", "shmat", "shmctl", "shmdt", "msgget", "msgsnd", "msgrcv", "msgctl", "semget",
		"semop", "semtimedop", "semctl", "mq_open", "mq_unlink",
	},
	"moves pages between descriptors (splice family)":                 {"splice", "vmsplice", "tee"},
	"tells what is in the page cache":                                 {"mincore", "cachestat"},
	"watches the file system":                                         {"fanotify_init", "fanotify_mark", "inotify_init", "inotify_init1", "inotify_add_watch"},
	"maps a file's pages elsewhere, a frequent source of kernel bugs": {"remap_file_pages", "map_shadow_stack"},
	"requeues between futexes, past the mask of futex operations":     {"futex_requeue", "futex_waitv"},
})

// needsArguments are syscalls that hostile code may have only with some of their
// arguments. The text says which of them matters.
var needsArguments = map[string]string{
	"clone":              "its flags start processes and namespaces",
	"mmap":               "its protection and flags make executable or shared mappings",
	"mprotect":           "its protection makes mappings executable",
	"pkey_mprotect":      "its protection makes mappings executable",
	"mremap":             "its flags move pages under other mappings",
	"madvise":            "its advice reaches page merging and memory poisoning",
	"ioctl":              "its request reaches every driver",
	"prctl":              "its option undoes parts of the sandbox",
	"arch_prctl":         "its code changes control-flow protection",
	"personality":        "its persona turns off address randomisation and makes data executable",
	"fcntl":              "its command sets owners, leases, seals and pipe sizes",
	"futex":              "its operation reaches priority inheritance and requeueing",
	"socket":             "its family reaches every network protocol of the kernel",
	"socketpair":         "its family reaches protocols other than unix",
	"connect":            "it reaches whatever address is given",
	"bind":               "it offers a service at whatever address is given",
	"listen":             "it offers a service",
	"setsockopt":         "its level and option reach rarely used kernel code",
	"sendmsg":            "it passes descriptors to whoever holds the other end",
	"sendmmsg":           "it passes descriptors to whoever holds the other end",
	"recvmsg":            "it takes descriptors from whoever holds the other end",
	"recvmmsg":           "it takes descriptors from whoever holds the other end",
	"kill":               "its target may be another process",
	"tkill":              "its target may be a thread of another process",
	"tgkill":             "its target may be another process",
	"rt_sigqueueinfo":    "its target may be another process",
	"rt_tgsigqueueinfo":  "its target may be another process",
	"prlimit64":          "its target may be another process, and it raises limits",
	"sched_setscheduler": "its policy may be real time",
	"sched_setparam":     "its priority may be real time",
	"sched_setattr":      "its policy may be real time",
	"setpriority":        "its target may be another process",
	"ioprio_set":         "its class may be real time",
}

func collect(byReason map[string][]string) map[string]string {
	out := map[string]string{}
	for reason, names := range byReason {
		for _, name := range names {
			out[name] = reason
		}
	}
	return out
}
