/*
 * Settings of the kernel that belong to a namespace, of which the child has its
 * own: each may only get stricter, and nothing in the child can undo it. A host
 * whose /proc/sys is read-only, as in many containers, does without; the caller
 * leaves the layer out of those in force.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

/* Writes one setting; 0, or -1 with errno set. */
static int set(int dir, const char *name, const char *value)
{
	int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t n = write(fd, value, strlen(value));
	close(fd);
	return n == (ssize_t)strlen(value) ? 0 : -1;
}

int facetd_open_sysctl(void)
{
	return open("/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/*
 * sysctl/vm.rst, memfd_noexec: 2 refuses memfd_create without MFD_NOEXEC_SEAL. It
 * is the setting of the caller's pid namespace, whichever /proc it is written by.
 */
int facetd_no_memory_exec(int sys)
{
	return set(sys, "vm/memfd_noexec", "2");
}

/*
 * namespaces(7), "The /proc/sys/user directory": limits in the caller's user
 * namespace. The folder shows those of whoever looks, so it has to be entered
 * after the namespace was made. The one that exists already is not counted.
 */
int facetd_no_new_namespaces(int sys)
{
	static const char *const files[] = {
		"user/max_user_namespaces", "user/max_mnt_namespaces", "user/max_pid_namespaces",
		"user/max_net_namespaces", "user/max_ipc_namespaces", "user/max_uts_namespaces",
		"user/max_cgroup_namespaces",
	};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (set(sys, files[i], "0") < 0)
			return -1;
	set(sys, "user/max_time_namespaces", "0"); /* since 5.6, where it is built in */
	return 0;
}
