/*
 * Receiving the specification and, when the runner is initialised, putting the
 * seccomp filter on all threads at once.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal.h"
#include "kernel.h"
#include "lockdown.h"

#define SECCOMP_MODE_FILTER_OP 1 /* SECCOMP_SET_MODE_FILTER, seccomp(2) */

static struct {
	struct facetd_spec head;
	struct sock_filter filter[FACETD_MAX_FILTER];
} message;

static struct sock_filter *filter; /* own read-only pages, NULL: none or sealed */
static uint16_t filter_len;
static size_t filter_bytes;

const struct facetd_spec *facetd_receive_spec(void)
{
	ssize_t n;
	/* MSG_TRUNC: the real length, so that a longer message is refused. */
	do
		n = recv(FACETD_PASS_FD, &message, sizeof message, MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return NULL;
	const struct facetd_spec *s = &message.head;
	if (n < (ssize_t)sizeof *s || s->magic != FACETD_SPEC_MAGIC ||
	    s->version != FACETD_WIRE_VERSION || s->filter_len > FACETD_MAX_FILTER ||
	    (size_t)n != sizeof *s + s->filter_len * sizeof(struct sock_filter)) {
		errno = EBADMSG;
		return NULL;
	}
	return s;
}

int facetd_keep_filter(const struct facetd_spec *spec)
{
	if (!(spec->layers & FACETD_LAYER_SECCOMP))
		return 0;
	filter_bytes = spec->filter_len * sizeof(struct sock_filter);
	void *p = mmap(NULL, filter_bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return -1;
	memcpy(p, message.filter, filter_bytes);
	if (mprotect(p, filter_bytes, PROT_READ) < 0)
		return -1;
	filter = p;
	filter_len = (uint16_t)spec->filter_len;
	return 0;
}

static int notifies(void)
{
	for (int i = 0; i < filter_len; i++)
		if (filter[i].code == (BPF_RET | BPF_K) &&
		    (filter[i].k & FACETD_SECCOMP_RET_ACTION) == FACETD_SECCOMP_RET_NOTIFY)
			return 1;
	return 0;
}

/* One status message, with the listener when there is one. */
static int tell(uint16_t kind, int error, int listener)
{
	struct facetd_status status = {
		.magic = FACETD_STATUS_MAGIC,
		.version = FACETD_WIRE_VERSION,
		.kind = kind,
		.step = kind == FACETD_KIND_FAILED ? FACETD_STEP_SECCOMP : FACETD_STEP_NONE,
		.error = error,
		.done = facetd_layers_done(0),
	};
	struct iovec iov = { .iov_base = &status, .iov_len = sizeof status };
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	if (listener >= 0) {
		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof control.buf;
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &listener, sizeof(int));
	}
	return sendmsg(FACETD_PASS_FD, &msg, MSG_NOSIGNAL) == (ssize_t)sizeof status ? 0 : errno;
}

int facetd_lockdown_seal(void)
{
	if (!filter) /* the parent removed the layer, or sealed before */
		return tell(FACETD_KIND_SEALED, 0, -1);
	struct sock_fprog program = { .len = filter_len, .filter = filter };
	unsigned flags = FACETD_SECCOMP_TSYNC;
	if (notifies()) /* together they need ESRCH: a failed TSYNC has no fd to return */
		flags |= FACETD_SECCOMP_NEW_LISTENER | FACETD_SECCOMP_TSYNC_ESRCH;
	long r = syscall(SYS_seccomp, SECCOMP_MODE_FILTER_OP, flags, &program);
	if (r < 0 || (r > 0 && !(flags & FACETD_SECCOMP_NEW_LISTENER))) {
		int error = r < 0 ? errno : ESRCH;
		tell(FACETD_KIND_FAILED, error, -1);
		return error;
	}
	filter = NULL;
	facetd_layers_done(FACETD_LAYER_SECCOMP);
	int listener = flags & FACETD_SECCOMP_NEW_LISTENER ? (int)r : -1;
	int error = tell(FACETD_KIND_SEALED, 0, listener);
	if (listener >= 0)
		close(listener);
	return error;
}
