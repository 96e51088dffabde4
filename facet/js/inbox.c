//go:build linux && amd64 && cgo

/* Messages from Go to JavaScript: bounded in bytes, one wake-up for many.
 * Go fills a staging buffer; committing swaps or appends it to the queue; the
 * JavaScript thread takes the whole queue at once. */
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
	bool waiting, kicked, closed, stopping;
} box = { .mutex = PTHREAD_MUTEX_INITIALIZER, .stop = PTHREAD_COND_INITIALIZER };

void inbox_init(size_t limit) { box.limit = limit; }

uint8_t *fjs_stage(size_t size)
{
	box.stage.len = 0;
	return buf_reserve(&box.stage, size) ? box.stage.p : NULL;
}

/* Called with the mutex held: whether the JavaScript thread is to be woken. That
 * happens when the mutex is free again, or it would wake only to wait for it. */
static bool to_wake(void)
{
	bool waiting = box.waiting;
	box.waiting = false;
	return waiting;
}

static void swap(buf *a, buf *b)
{
	buf t = *a;
	*a = *b;
	*b = t;
}

int fjs_commit(size_t size)
{
	int rc = FJS_OK;
	bool wake = false;
	pthread_mutex_lock(&box.mutex);
	box.stage.len = size;
	if (box.closed) {
		rc = FJS_CLOSED;
	} else if (box.queue.len + size > box.limit) {
		rc = FJS_FULL;
	} else if (box.queue.len == 0) {
		swap(&box.queue, &box.stage);
		wake = to_wake();
	} else if (buf_append(&box.queue, box.stage.p, size)) {
		wake = to_wake();
	} else {
		rc = FJS_FULL;
	}
	pthread_mutex_unlock(&box.mutex);
	if (wake)
		runloop_wake();
	buf_shrink(&box.stage, KEEP);
	return rc;
}

int inbox_push(const void *rec, size_t n, bool force)
{
	int rc = FJS_OK;
	bool wake = false;
	pthread_mutex_lock(&box.mutex);
	if (box.closed && !force)
		rc = FJS_CLOSED;
	else if (!buf_append(&box.queue, rec, n))
		rc = FJS_FULL;
	else
		wake = to_wake();
	pthread_mutex_unlock(&box.mutex);
	if (wake)
		runloop_wake();
	return rc;
}

void inbox_kick(void)
{
	pthread_mutex_lock(&box.mutex);
	box.kicked = true;
	bool wake = to_wake();
	pthread_mutex_unlock(&box.mutex);
	if (wake)
		runloop_wake();
}

static bool take(void)
{
	if (box.queue.len == 0)
		return false;
	buf_shrink(&E.work, KEEP);
	E.work_at = 0;
	swap(&E.work, &box.queue);
	return true;
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
	for (bool ready = false;;) {
		int result = -1;
		pthread_mutex_lock(&box.mutex);
		box.waiting = false;
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
		else
			box.waiting = true;
		box.kicked = box.kicked && result != WAKE_SYNCED;
		pthread_mutex_unlock(&box.mutex);
		if (result >= 0)
			return result;
		ready = runloop_poll(collect_ms >= 0 && (ms < 0 || collect_ms < ms) ? collect_ms : ms);
	}
}

void inbox_close(void)
{
	pthread_mutex_lock(&box.mutex);
	box.closed = true;
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
