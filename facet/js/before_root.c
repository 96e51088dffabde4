/*
 * What must happen in a runner before its root is empty (the hook of package
 * lockdown): the library opens three files by path when it starts, and ends the
 * process when it can't. They are opened here, and an open() of ours hands them
 * out; every other path goes to the kernel, which knows none any more.
 *
 * linux/fcntl.h instead of fcntl.h: the latter declares open() itself, with
 * checks of its own around it.
 */
#include <linux/fcntl.h>
#include <linux/memfd.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "before_root.h"

/* JavaScriptCore 2.50: Gigacage and RandomDevice each keep a /dev/urandom,
 * bmalloc keeps /proc/self/statm for its footprint. */
static struct {
	const char *path;
	int fd;
} held[] = {
	{ "/dev/urandom", -1 },
	{ "/dev/urandom", -1 },
	{ "/proc/self/statm", -1 },
};

/* A constant in place of the process's own figures: a file of the host's /proc
 * has no business in the sandbox, and the footprint would be weighed against the
 * machine's memory instead of the cgroup's. Pages: size, resident, shared, text,
 * lib, data, dirty (proc(5)). */
static const char statm[] = "8192 4096 2048 1 0 4096 0\n";

static int constant_file(const char *text, size_t n)
{
	int fd = (int)syscall(SYS_memfd_create, "statm", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -1;
	if (write(fd, text, n) != (ssize_t)n || syscall(SYS_lseek, fd, 0, 0) != 0 ||
	    syscall(SYS_fcntl, fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* A fault on a thread that is not Go's. The runner is the init of its pid
 * namespace: signals that it sends itself do not end it (pid_namespaces(7)), so
 * Go's way to die, raising the signal again, would loop for ever. Go forwards to
 * the handler that it found at its start. */
static void die(int sig)
{
	static const char message[] = "[fatal] the engine crashed\n";
	ssize_t ignored = write(2, message, sizeof message - 1);
	(void)ignored;
	syscall(SYS_exit_group, 128 + sig);
}

void facetd_before_root(void)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT };
	/* SA_ONSTACK: Go requires it of every handler (package os/signal). */
	struct sigaction act = { .sa_handler = die, .sa_flags = SA_ONSTACK };
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
		sigaction(faults[i], &act, NULL);
	for (size_t i = 0; i < sizeof held / sizeof *held; i++)
		held[i].fd = strcmp(held[i].path, "/proc/self/statm") == 0
			? constant_file(statm, sizeof statm - 1)
			: (int)syscall(SYS_openat, AT_FDCWD, held[i].path, O_RDONLY | O_CLOEXEC, 0);
}

/* Takes the place of the C library's open() for the libraries of this process,
 * since a symbol of the executable comes first. */
__attribute__((visibility("default"))) int open(const char *path, int flags, ...)
{
	for (size_t i = 0; i < sizeof held / sizeof *held; i++) {
		if (held[i].fd >= 0 && strcmp(path, held[i].path) == 0) {
			int fd = held[i].fd;
			held[i].fd = -1;
			return fd;
		}
	}
	va_list more;
	va_start(more, flags);
	int mode = (flags & (O_CREAT | __O_TMPFILE)) ? va_arg(more, int) : 0;
	va_end(more);
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}
