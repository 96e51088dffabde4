//go:build linux && amd64 && cgo

/* Messages from Go to JavaScript: bounded in bytes, one wake-up for many. Short
 * ones come by the lane. For the others Go fills a staging buffer; committing
 * swaps or appends it to the queue; the JavaScript thread takes all at once. */
#include "internal.h"

#include <string.h>
#include <time.h>

enum { KEEP = 1 << 20 }; /* larger buffers are given back once empty */

static struct {
	pthread_mutex_t mutex;
	pthread_cond_t stop;
	buf stage; /* Go's alone */
	buf queue; /* under mutex, like the rest */
	size_t limit;
	uint64_t commits; /* fjs_commit's successes */
	bool kicked, closed, stopping;
	int wake_fd;
} box = { .mutex = PTHREAD_MUTEX_INITIALIZER, .stop = PTHREAD_COND_INITIALIZER, .wake_fd = -1 };

void inbox_init(size_t limit, int wake_fd)
{
	box.limit = limit;
	box.wake_fd = wake_fd;
}

uint8_t *fjs_stage(size_t size)
{
	box.stage.len = 0;
	return buf_reserve(&box.stage, size) ? box.stage.p : NULL;
}

/* Called without the mutex, or the thread would wake only to wait for it. */
static void wake(void) { lane_wake(&fjs_in, box.wake_fd); }

static void swap(buf *a, buf *b)
{
	buf t = *a;
	*a = *b;
	*b = t;
}

int fjs_commit(size_t size)
{
	int rc = FJS_OK;
	pthread_mutex_lock(&box.mutex);
	box.stage.len = size;
	if (box.closed)
		rc = FJS_CLOSED;
	else if (box.queue.len + size > box.limit)
		rc = FJS_FULL;
	else if (box.queue.len == 0)
		swap(&box.queue, &box.stage);
	else if (!buf_append(&box.queue, box.stage.p, size))
		rc = FJS_FULL;
	if (rc == FJS_OK)
		box.commits++;
	pthread_mutex_unlock(&box.mutex);
	if (rc == FJS_OK)
		wake();
	buf_shrink(&box.stage, KEEP);
	return rc;
}

int inbox_push(const void *rec, size_t n, bool force)
{
	int rc = FJS_OK;
	pthread_mutex_lock(&box.mutex);
	if (box.closed && !force)
		rc = FJS_CLOSED;
	else if (!buf_append(&box.queue, rec, n))
		rc = FJS_FULL;
	pthread_mutex_unlock(&box.mutex);
	if (rc == FJS_OK)
		wake();
	return rc;
}

void inbox_kick(void)
{
	pthread_mutex_lock(&box.mutex);
	box.kicked = true;
	pthread_mutex_unlock(&box.mutex);
	wake();
}

/* With the mutex held. Go goes the long way until `slow` says that what went
 * there is taken, so all of the lane is older than all that it put into the queue;
 * and a command in the queue is younger than what was in the lane before it. */
static bool take(void)
{
	buf_shrink(&E.work, KEEP);
	E.work_at = 0;
	lane_take(&fjs_in, &E.work);
	if (E.work.len == 0)
		swap(&E.work, &box.queue);
	else if (!buf_append(&E.work, box.queue.p, box.queue.len))
		fail_no_memory();
	else
		buf_shrink(&box.queue, KEEP);
	__atomic_store_n(&fjs_in.slow, box.commits, __ATOMIC_SEQ_CST);
	return E.work.len > 0;
}

bool inbox_try(void)
{
	pthread_mutex_lock(&box.mutex);
	bool got = take();
	pthread_mutex_unlock(&box.mutex);
	return got;
}

/* Milliseconds until `at`, rounded up; negative: `at` is no time. */
static int ms_until(int64_t at)
{
	if (at < 0)
		return -1;
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	if ((uint64_t)at <= now)
		return 0;
	uint64_t ms = ((uint64_t)at - now + 999999) / 1000000;
	return ms < 1000000000 ? (int)ms : 1000000000;
}

int inbox_wait(void)
{
	for (bool ready = false, announced = false;;) {
		int result = -1;
		pthread_mutex_lock(&box.mutex);
		int ms = ms_until(E.timer_at), collect_ms = ms_until(E.collect_at);
		if (take())
			result = WAKE_WORK;
		else if (box.kicked)
			result = WAKE_SYNCED;
		else if (ms == 0)
			result = WAKE_TIMER;
		else if (ready)
			result = WAKE_RUNLOOP;
		else if (collect_ms == 0)
			result = WAKE_COLLECT;
		box.kicked = box.kicked && result != WAKE_SYNCED;
		pthread_mutex_unlock(&box.mutex);
		/* What came before `waiting` was set is seen by another look. */
		bool look = result < 0 && !announced;
		if (!look && result < 0)
			ready = runloop_poll(collect_ms >= 0 && (ms < 0 || collect_ms < ms) ? collect_ms : ms, box.wake_fd);
		announced = look;
		__atomic_store_n(&fjs_in.waiting, look, __ATOMIC_SEQ_CST);
		if (result >= 0)
			return result;
	}
}

void inbox_close(void)
{
	pthread_mutex_lock(&box.mutex);
	box.closed = true;
	__atomic_store_n(&fjs_in.closed, 1, __ATOMIC_SEQ_CST);
	pthread_mutex_unlock(&box.mutex);
}

bool inbox_stopping(void)
{
	pthread_mutex_lock(&box.mutex);
	bool stopping = box.stopping;
	pthread_mutex_unlock(&box.mutex);
	return stopping;
}

void inbox_set_stopping(void)
{
	pthread_mutex_lock(&box.mutex);
	box.stopping = true;
	pthread_cond_broadcast(&box.stop);
	pthread_mutex_unlock(&box.mutex);
}

void inbox_until_stopping(void)
{
	pthread_mutex_lock(&box.mutex);
	while (!box.stopping)
		pthread_cond_wait(&box.stop, &box.mutex);
	pthread_mutex_unlock(&box.mutex);
}
