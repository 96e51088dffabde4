/*
 * Kernel interfaces newer than the headers of the oldest supported build
 * machine (Linux 6.1). Values are ABI and never change; each names the man
 * page or the uapi header it comes from.
 */
#ifndef FACETD_LOCKDOWN_KERNEL_H
#define FACETD_LOCKDOWN_KERNEL_H

#include <stdint.h>

/* landlock(7), include/uapi/linux/landlock.h */
struct facetd_landlock_ruleset {
	uint64_t handled_access_fs;
	uint64_t handled_access_net; /* ABI 4 */
	uint64_t scoped;             /* ABI 6 */
};
#define FACETD_LANDLOCK_VERSION 1u
#define FACETD_LANDLOCK_FS_ABI1 ((1ull << 13) - 1) /* execute .. make_sym */
#define FACETD_LANDLOCK_FS_REFER (1ull << 13)      /* ABI 2 */
#define FACETD_LANDLOCK_FS_TRUNCATE (1ull << 14)   /* ABI 3 */
#define FACETD_LANDLOCK_FS_IOCTL_DEV (1ull << 15)  /* ABI 5 */
#define FACETD_LANDLOCK_NET_TCP 3ull               /* bind, connect */
#define FACETD_LANDLOCK_SCOPES 3ull                /* abstract unix, signal */

/* prctl(2), PR_SCHED_CORE since 5.14 */
#define FACETD_PR_SCHED_CORE 62
#define FACETD_PR_SCHED_CORE_CREATE 1

/* prctl(2), PR_SET_SPECULATION_CONTROL; indirect branches since 4.20 */
#define FACETD_PR_SPECULATION 53
#define FACETD_PR_SPEC_INDIRECT_BRANCH 1
#define FACETD_PR_SPEC_FORCE_DISABLE 8

/* seccomp(2); TSYNC_ESRCH since 5.7 */
#define FACETD_SECCOMP_TSYNC 1u
#define FACETD_SECCOMP_NEW_LISTENER 8u
#define FACETD_SECCOMP_TSYNC_ESRCH 16u
#define FACETD_SECCOMP_RET_NOTIFY 0x7fc00000u
#define FACETD_SECCOMP_RET_ACTION 0xffff0000u

#endif
