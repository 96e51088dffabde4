/*
 * The lock-down of a runner, in an ELF constructor: it runs after the dynamic
 * linker and before the Go runtime, while the process has one thread, so that
 * credentials, no_new_privs, the bounding set and Landlock reach every thread
 * that will ever exist. Each step either succeeds or ends the process after
 * one status message; there is no way to go on half locked.
 *
 * Raw system calls are used where glibc's wrapper does more than the call
 * (setres*id broadcasts a signal to other threads, prlimit caches).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"
#include "kernel.h"
#include "lockdown.h"

/* An exit status no runner uses otherwise: the lock-down failed. */
#define LOCKDOWN_EXIT 113

static int locked;
static struct facetd_status status = {
	.magic = FACETD_STATUS_MAGIC,
	.version = FACETD_WIRE_VERSION,
};

/*
 * Optional, defined by another package of the program: opens what a library will
 * ask for by path when it is initialised, after there are no paths.
 */
__attribute__((weak)) void facetd_before_root(void);

int facetd_lockdown_active(void)
{
	return locked;
}

/* Sends the status and, when it tells of a failure, ends the process. */
static void report(uint16_t kind, uint32_t step, int error)
{
	status.kind = kind;
	status.step = step;
	status.error = error;
	ssize_t n = send(FACETD_PASS_FD, &status, sizeof status, MSG_NOSIGNAL);
	if (kind == FACETD_KIND_FAILED || n != (ssize_t)sizeof status)
		_exit(LOCKDOWN_EXIT);
}

static void fail(uint32_t step)
{
	report(FACETD_KIND_FAILED, step, errno);
}

/* must ends the process when a step's call failed. */
static void must(uint32_t step, long result)
{
	if (result < 0)
		fail(step);
}

/* Per-thread attributes would miss threads a library has already started. */
static void check_single_thread(void)
{
	must(FACETD_STEP_THREADS, syscall(SYS_unshare, CLONE_THREAD));
}

static void check_env(const struct facetd_spec *spec, char **envp)
{
	uint32_t n = 0;
	while (envp[n])
		n++;
	if (n != spec->env_count) {
		errno = E2BIG;
		fail(FACETD_STEP_ENV);
	}
}

/*
 * An empty, read-only root. The tmpfs is mounted over /proc because that is
 * the one directory known to exist: the process was executed through it.
 */
static void empty_root(void)
{
	must(FACETD_STEP_PRIVATE, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	must(FACETD_STEP_TMPFS, mount("none", "/proc", "tmpfs",
		MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4k,nr_inodes=1,mode=0555"));
	must(FACETD_STEP_PIVOT, chdir("/proc"));
	must(FACETD_STEP_PIVOT, syscall(SYS_pivot_root, ".", "."));
	/* The old root is now stacked on the new one; "." is still below it. */
	must(FACETD_STEP_DETACH, umount2(".", MNT_DETACH));
	must(FACETD_STEP_DETACH, chdir("/"));
	must(FACETD_STEP_READONLY, mount(NULL, "/", NULL,
		MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
}

/* A new uts namespace is a copy: without this the host's name would show. */
static void anonymous_host(void)
{
	must(FACETD_STEP_HOSTNAME, sethostname("facet", 5));
	must(FACETD_STEP_HOSTNAME, setdomainname("", 0));
}

static void limits(const struct facetd_spec *spec)
{
	for (int i = 0; i < FACETD_RLIMITS; i++) {
		if (!(spec->rlimit_mask & (1u << i)))
			continue;
		must(FACETD_STEP_RLIMIT, syscall(SYS_prlimit64, 0, i, spec->rlimits[i], NULL));
	}
}

/*
 * From root: the user namespace comes last, so that all others belong to the
 * host's. Whatever capability the child might win in its own means nothing to
 * its network, mounts or anything else.
 */
static void user_namespace(void)
{
	must(FACETD_STEP_USERNS, syscall(SYS_unshare, CLONE_NEWUSER));
	report(FACETD_KIND_MAP, FACETD_STEP_NONE, 0);
	char go;
	if (recv(FACETD_PASS_FD, &go, 1, MSG_TRUNC) != 1) {
		errno = EPROTO;
		fail(FACETD_STEP_USERNS);
	}
}

/* No capability can come back: not by exec, not by set-uid, not by ambient. */
static void bounding_set(void)
{
	for (int cap = 0; cap < 64; cap++) {
		int r = prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
		if (r < 0 && errno == EINVAL && cap > 0)
			break; /* past the kernel's last capability */
		must(FACETD_STEP_BOUNDING, r);
	}
	must(FACETD_STEP_SECUREBITS, prctl(PR_SET_SECUREBITS,
		SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
		SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
		SECBIT_KEEP_CAPS_LOCKED |
		SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED, 0, 0, 0));
	must(FACETD_STEP_AMBIENT, prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
}

static void change_ids(const struct facetd_spec *spec)
{
	if (spec->flags & FACETD_FLAG_SETGROUPS)
		must(FACETD_STEP_GROUPS, syscall(SYS_setgroups, 0, NULL));
	must(FACETD_STEP_GID, syscall(SYS_setresgid, spec->gid, spec->gid, spec->gid));
	must(FACETD_STEP_UID, syscall(SYS_setresuid, spec->uid, spec->uid, spec->uid));
}

static void drop_caps(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { 0 } };
	must(FACETD_STEP_CAPSET, syscall(SYS_capset, &head, none));
}

/* Every path, every TCP port, and signals and abstract sockets beyond us. */
static void landlock(const struct facetd_spec *spec)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, FACETD_LANDLOCK_VERSION);
	must(FACETD_STEP_LANDLOCK, abi);
	status.landlock_abi = (uint32_t)abi;
	if ((uint32_t)abi < spec->landlock_abi) {
		errno = EOPNOTSUPP;
		fail(FACETD_STEP_LANDLOCK);
	}
	struct facetd_landlock_ruleset rules = { .handled_access_fs = FACETD_LANDLOCK_FS_ABI1 };
	size_t size = sizeof rules.handled_access_fs;
	if (abi >= 2)
		rules.handled_access_fs |= FACETD_LANDLOCK_FS_REFER;
	if (abi >= 3)
		rules.handled_access_fs |= FACETD_LANDLOCK_FS_TRUNCATE;
	if (abi >= 4) {
		rules.handled_access_net = FACETD_LANDLOCK_NET_TCP;
		size += sizeof rules.handled_access_net;
	}
	if (abi >= 5)
		rules.handled_access_fs |= FACETD_LANDLOCK_FS_IOCTL_DEV;
	if (abi >= 6) {
		rules.scoped = FACETD_LANDLOCK_SCOPES;
		size += sizeof rules.scoped;
	}
	long fd = syscall(SYS_landlock_create_ruleset, &rules, size, 0);
	must(FACETD_STEP_LANDLOCK, fd);
	must(FACETD_STEP_LANDLOCK, syscall(SYS_landlock_restrict_self, fd, 0));
	close((int)fd);
}

/*
 * What C libraries look up later must be in memory before the seal: the time
 * zone (a file otherwise), and malloc's arenas, which glibc sizes by reading
 * /sys on the first contention.
 */
static void warm_libc(void)
{
	mallopt(M_ARENA_MAX, 1);
	setenv("TZ", "UTC0", 1);
	tzset();
	time_t zero = 0;
	struct tm tm;
	localtime_r(&zero, &tm);
	umask(077);
}

static void lock(const struct facetd_spec *spec, char **envp)
{
	uint64_t on = spec->layers;
	check_single_thread();
	warm_libc();
	if (on & FACETD_LAYER_ENV)
		check_env(spec, envp);
	if (on & FACETD_LAYER_FDS)
		must(FACETD_STEP_FDS, syscall(SYS_close_range, FACETD_PASS_FD + 1, ~0u, 0));
	/* Not at the clone: a cgroup namespace is rooted where its maker is, and
	 * only now is this process in its own group. */
	if (on & FACETD_LAYER_CGROUPNS)
		must(FACETD_STEP_CGROUPNS, syscall(SYS_unshare, CLONE_NEWCGROUP));
	if (facetd_before_root)
		facetd_before_root();
	int sys = on & (FACETD_LAYER_NOMEMEXEC | FACETD_LAYER_NONEWNS) ? facetd_open_sysctl() : -1;
	if ((on & FACETD_LAYER_NOMEMEXEC) && /* without its own namespace it would be the host's */
	    (!(on & FACETD_LAYER_PIDNS) || facetd_no_memory_exec(sys) < 0))
		on &= ~FACETD_LAYER_NOMEMEXEC;
	if (on & FACETD_LAYER_ROOT)
		empty_root();
	if (on & FACETD_LAYER_UTSNS)
		anonymous_host();
	if (on & FACETD_LAYER_RLIMITS)
		limits(spec);
	if (spec->flags & FACETD_FLAG_MAKE_USERNS)
		user_namespace();
	if ((on & FACETD_LAYER_NONEWNS) &&
	    (!(on & FACETD_LAYER_USERNS) || facetd_no_new_namespaces(sys) < 0))
		on &= ~FACETD_LAYER_NONEWNS;
	if (sys >= 0)
		close(sys);
	if (on & FACETD_LAYER_CAPS)
		bounding_set();
	if (on & FACETD_LAYER_IDS)
		change_ids(spec);
	if (on & FACETD_LAYER_CAPS)
		drop_caps();
	if (on & FACETD_LAYER_NNP)
		must(FACETD_STEP_NNP, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	if (on & FACETD_LAYER_DUMPABLE)
		must(FACETD_STEP_DUMPABLE, prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
	/* Huge pages would let one byte in each of 64 places cost 128 MiB. */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	/* After the credentials: changing them clears it (prctl(2)). */
	must(FACETD_STEP_PDEATHSIG, prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0));
	if (on & FACETD_LAYER_LANDLOCK)
		landlock(spec);
	/* ENODEV without SMT, EINVAL without the option: nothing to protect then. */
	if ((on & FACETD_LAYER_CORESCHED) &&
	    prctl(FACETD_PR_SCHED_CORE, FACETD_PR_SCHED_CORE_CREATE, 0, 0, 0) < 0)
		on &= ~FACETD_LAYER_CORESCHED;
	/* Only other processes' training of the predictor: what a facet guesses of
	 * its own memory it may read anyway. ENXIO: the processor has no switch. */
	if ((on & FACETD_LAYER_SPECULATION) &&
	    prctl(FACETD_PR_SPECULATION, FACETD_PR_SPEC_INDIRECT_BRANCH, FACETD_PR_SPEC_FORCE_DISABLE, 0, 0) < 0)
		on &= ~FACETD_LAYER_SPECULATION;
	status.done = on & ~FACETD_LAYER_SECCOMP;
}

static int wanted(char **envp)
{
	for (; *envp; envp++)
		if (strcmp(*envp, FACETD_COOKIE) == 0)
			return 1;
	return 0;
}

__attribute__((constructor(101))) static void start(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	if (!wanted(envp))
		return;
	const struct facetd_spec *spec = facetd_receive_spec();
	if (!spec)
		fail(FACETD_STEP_SPEC);
	lock(spec, envp);
	if (facetd_keep_filter(spec) < 0)
		fail(FACETD_STEP_MEMORY);
	report(FACETD_KIND_LOCKED, FACETD_STEP_NONE, 0);
	locked = 1;
}

uint64_t facetd_layers_done(uint64_t add)
{
	status.done |= add;
	return status.done;
}
