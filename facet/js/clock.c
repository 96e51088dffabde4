//go:build linux && amd64 && cgo

/* The clock that the engine's own watchdog reads.
 *
 * With a time limit set, JavaScriptCore 2.50 asks for the thread's CPU time each
 * time it enters JavaScript, which every microtask does (Watchdog::enteredVM).
 * That is a system call: it made an await five times as expensive (0.19 against
 * 1.0 us). Its answer only decides when the engine asks us; the CPU time that
 * counts is measured in watchdog.c. So the libraries of this process are told
 * the monotonic time instead, which needs no system call. */
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int (*libc_clock_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void find(void)
{
	void *p = dlsym(RTLD_NEXT, "clock_gettime");
	memcpy(&libc_clock_gettime, &p, sizeof p); /* ISO C has no cast for it */
}

/* Takes the place of the C library's for the other libraries, since a symbol of
 * the executable comes first. */
__attribute__((visibility("default"))) int clock_gettime(clockid_t id, struct timespec *t)
{
	if (id == CLOCK_THREAD_CPUTIME_ID)
		id = CLOCK_MONOTONIC;
	if (libc_clock_gettime != NULL)
		return libc_clock_gettime(id, t);
	return (int)syscall(SYS_clock_gettime, id, t); /* before the constructor ran */
}
