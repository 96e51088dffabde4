/*
 * The messages on descriptor 4 between the sandbox package (parent) and this
 * package (child). Both ends run on one machine and come from one build, so
 * the structs travel as they lie in memory: little-endian, naturally aligned,
 * no padding. sandbox/internal/wire holds the same layout in Go, and a test
 * there compares the two.
 */
#ifndef FACETD_LOCKDOWN_SPEC_H
#define FACETD_LOCKDOWN_SPEC_H

#include <stdint.h>

#define FACETD_SPEC_MAGIC 0x46435450u /* "PTCF" */
#define FACETD_STATUS_MAGIC 0x46435453u
#define FACETD_WIRE_VERSION 1

/* The program a sealed process runs under; BPF_MAXINSNS of the kernel. */
#define FACETD_MAX_FILTER 4096

#define FACETD_GRPC_FD 3
#define FACETD_PASS_FD 4

/* Layers the child switches on. The bit numbers are shared with sandbox.Layer. */
#define FACETD_LAYER_USERNS (1ull << 0)
#define FACETD_LAYER_PIDNS (1ull << 2)
#define FACETD_LAYER_UTSNS (1ull << 5)
#define FACETD_LAYER_CGROUPNS (1ull << 6)
#define FACETD_LAYER_ROOT (1ull << 7)
#define FACETD_LAYER_IDS (1ull << 8)
#define FACETD_LAYER_CAPS (1ull << 9)
#define FACETD_LAYER_NNP (1ull << 10)
#define FACETD_LAYER_DUMPABLE (1ull << 11)
#define FACETD_LAYER_RLIMITS (1ull << 12)
#define FACETD_LAYER_LANDLOCK (1ull << 14)
#define FACETD_LAYER_SECCOMP (1ull << 15)
#define FACETD_LAYER_ENV (1ull << 16)
#define FACETD_LAYER_FDS (1ull << 17)
#define FACETD_LAYER_CORESCHED (1ull << 18)
#define FACETD_LAYER_NONEWNS (1ull << 19)
#define FACETD_LAYER_NOMEMEXEC (1ull << 20)
#define FACETD_LAYER_SPECULATION (1ull << 21)

/* Facts about the host that change how a step is made. */
#define FACETD_FLAG_SETGROUPS 1u /* setgroups(2) is allowed: drop all groups */
#define FACETD_FLAG_MAKE_USERNS 2u /* the clone made no user namespace: do it, ask for the maps */

#define FACETD_RLIMITS 16

struct facetd_spec {
	uint32_t magic;
	uint16_t version;
	uint16_t flags;
	uint64_t layers;
	uint32_t uid, gid;          /* as seen inside the user namespace */
	uint32_t env_count;         /* variables the child must see, no more */
	uint32_t filter_len;        /* instructions that follow the header */
	uint32_t rlimit_mask;       /* bit n: rlimits[n] is set, n = RLIMIT_* */
	uint32_t landlock_abi;      /* least ABI the parent insists on */
	uint64_t rlimits[FACETD_RLIMITS][2]; /* soft, hard: struct rlimit64 */
};

/* What a status message tells. */
#define FACETD_KIND_LOCKED 1
#define FACETD_KIND_FAILED 2
#define FACETD_KIND_SEALED 3
#define FACETD_KIND_MAP 4 /* a user namespace waits for its maps; the answer is one byte */

struct facetd_status {
	uint32_t magic;
	uint16_t version;
	uint16_t kind;
	uint32_t step;              /* enum facetd_step; the failed one */
	int32_t error;              /* errno of it */
	uint64_t done;              /* layers in force */
	uint32_t landlock_abi;      /* what the kernel offers, 0 = none */
	uint32_t reserved;
};

enum facetd_step {
	FACETD_STEP_NONE = 0,
	FACETD_STEP_SPEC = 1,
	FACETD_STEP_THREADS = 2,
	FACETD_STEP_ENV = 3,
	FACETD_STEP_FDS = 4,
	FACETD_STEP_PRIVATE = 5,
	FACETD_STEP_TMPFS = 6,
	FACETD_STEP_PIVOT = 7,
	FACETD_STEP_DETACH = 8,
	FACETD_STEP_READONLY = 9,
	FACETD_STEP_HOSTNAME = 10,
	FACETD_STEP_RLIMIT = 11,
	FACETD_STEP_BOUNDING = 12,
	FACETD_STEP_SECUREBITS = 13,
	FACETD_STEP_AMBIENT = 14,
	FACETD_STEP_GROUPS = 15,
	FACETD_STEP_GID = 16,
	FACETD_STEP_UID = 17,
	FACETD_STEP_CAPSET = 18,
	FACETD_STEP_NNP = 19,
	FACETD_STEP_DUMPABLE = 20,
	FACETD_STEP_PDEATHSIG = 21,
	FACETD_STEP_LANDLOCK = 22,
	FACETD_STEP_MEMORY = 23,
	FACETD_STEP_SECCOMP = 24,
	FACETD_STEP_CGROUPNS = 25,
	FACETD_STEP_USERNS = 26,
};

#endif
