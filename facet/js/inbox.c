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
	pthread_cond_t wake, stop;
	buf stage; /* Go's alone */
	buf queue; /* under mutex, like the rest */
	size_t limit;
	bool waiting, kicked, closed, stopping;
} box = { .mutex = PTHREAD_MUTEX_INITIALIZER };

void inbox_init(size_t limit)
{
	box.limit = limit;
	pthread_condattr_t attr;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&box.wake, &attr);
	pthread_cond_init(&box.stop, &attr);
	pthread_condattr_destroy(&attr);
}

uint8_t *fjs_stage(size_t size)
{
	box.stage.len = 0;
	return buf_reserve(&box.stage, size) ? box.stage.p : NULL;
}

/* Called with the mutex held. */
static void wake(void)
{
	if (box.waiting) {
		box.waiting = false;
		pthread_cond_signal(&box.wake);
	}
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
	pthread_mutex_lock(&box.mutex);
	box.stage.len = size;
	if (box.closed) {
		rc = FJS_CLOSED;
	} else if (box.queue.len + size > box.limit) {
		rc = FJS_FULL;
	} else if (box.queue.len == 0) {
		swap(&box.queue, &box.stage);
		wake();
	} else if (buf_append(&box.queue, box.stage.p, size)) {
		wake();
	} else {
		rc = FJS_FULL;
	}
	pthread_mutex_unlock(&box.mutex);
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
	else
		wake();
	pthread_mutex_unlock(&box.mutex);
	return rc;
}

void inbox_kick(void)
{
	pthread_mutex_lock(&box.mutex);
	box.kicked = true;
	wake();
	pthread_mutex_unlock(&box.mutex);
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

int inbox_wait(void)
{
	int result;
	pthread_mutex_lock(&box.mutex);
	for (;;) {
		if (take()) {
			result = WAKE_WORK;
			break;
		}
		if (box.kicked) {
			box.kicked = false;
			result = WAKE_SYNCED;
			break;
		}
		if (E.timer_at >= 0 && clock_ns(CLOCK_MONOTONIC) >= (uint64_t)E.timer_at) {
			result = WAKE_TIMER;
			break;
		}
		box.waiting = true;
		if (E.timer_at >= 0) {
			struct timespec at = { E.timer_at / 1000000000, E.timer_at % 1000000000 };
			pthread_cond_timedwait(&box.wake, &box.mutex, &at);
		} else {
			pthread_cond_wait(&box.wake, &box.mutex);
		}
		box.waiting = false;
	}
	pthread_mutex_unlock(&box.mutex);
	return result;
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
