//go:build linux && amd64 && cgo

/* The lanes between Go and JavaScript (js.h): short messages, no call from Go to
 * C on their way. engine_unsafe.go and lane.go are the other side. */
#include "internal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

fjs_lane fjs_in, fjs_out;

static uint64_t get(const uint64_t *p) { return __atomic_load_n(p, __ATOMIC_SEQ_CST); }
static void set(uint64_t *p, uint64_t v) { __atomic_store_n(p, v, __ATOMIC_SEQ_CST); }

bool lane_empty(fjs_lane *lane) { return get(&lane->head) == get(&lane->tail); }

bool lane_put(fjs_lane *lane, const void *recs, size_t n)
{
	if (n > FJS_LANE_MAX)
		return false;
	uint64_t tail = lane->tail, used = tail - get(&lane->head);
	size_t at = tail % FJS_LANE, rest = FJS_LANE - at;
	size_t skip = n > rest ? rest : 0;
	if (used > FJS_LANE || FJS_LANE - used < skip + n)
		return false;
	if (skip > 0) {
		const uint32_t mark = FJS_SKIP;
		memcpy(lane->data + at, &mark, sizeof mark);
		at = 0;
	}
	memcpy(lane->data + at, recs, n);
	set(&lane->tail, tail + skip + n);
	return true;
}

void lane_take(fjs_lane *lane, buf *to)
{
	uint64_t tail = get(&lane->tail), head = lane->head;
	if (head == tail)
		return;
	if (!buf_reserve(to, tail - head))
		fail_no_memory();
	while (head != tail) {
		size_t at = head % FJS_LANE;
		const fjs_rec *rec = (const fjs_rec *)(lane->data + at);
		if (rec->kind == FJS_SKIP) {
			head += FJS_LANE - at;
			continue;
		}
		size_t n = rec->size;
		memcpy(to->p + to->len, rec, n);
		to->len += n;
		head += n;
	}
	set(&lane->head, head);
}

void lane_wake(fjs_lane *lane, int fd)
{
	if (__atomic_load_n(&lane->waiting, __ATOMIC_SEQ_CST) == 0 || __atomic_exchange_n(&lane->waiting, 0, __ATOMIC_SEQ_CST) == 0)
		return;
	uint64_t one = 1;
	while (write(fd, &one, sizeof one) < 0 && errno == EINTR)
		;
}
