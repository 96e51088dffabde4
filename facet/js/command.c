//go:build linux && amd64 && cgo

/* Requests of the Go side that run on the JavaScript thread between two turns.
 * The caller waits, with a limit; a command outlives a caller that gave up. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { OPEN_STORAGE, EVALUATE, STOP };

typedef struct command {
	int what;
	int db_fd, wal_fd;
	uint32_t max_pages;
	uint64_t heap_bytes;
	uint32_t wal_frames;
	char *source;
	char text[2048]; /* error */
	char *result;
	int rc;
	int owners; /* under mutex: the caller and the JavaScript thread */
	bool done;
} command;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t finished = PTHREAD_COND_INITIALIZER;
static command *stop_command; /* under mutex, like the next */
static bool stop_asked;

/* Called with the mutex held. */
static void release(command *c)
{
	if (--c->owners > 0)
		return;
	free(c->source);
	free(c->result);
	free(c);
}

static void finish(command *c)
{
	pthread_mutex_lock(&mutex);
	c->done = true;
	pthread_cond_broadcast(&finished);
	release(c);
	pthread_mutex_unlock(&mutex);
}

static void evaluate(command *c)
{
	watchdog_enter(0);
	jsc.lock(E.ctx);
	JSStringRef source = text_from_utf8(c->source, strlen(c->source));
	JSValueRef exc = NULL;
	JSValueRef v = source ? script_evaluate(source, "facetd:evaluate", &exc) : NULL;
	if (source != NULL)
		JSStringRelease(source);
	c->rc = v != NULL ? FJS_OK : FJS_FAILED;
	v = v != NULL ? v : exc;
	c->result = v != NULL ? value_text(E.ctx, v) : strdup("");
	jsc.unlock(E.ctx);
	turn_finish();
}

static void stop(command *c)
{
	inbox_close();
	c->rc = storage_close(c->text, sizeof c->text) ? FJS_OK : FJS_FAILED;
	E.stopped = true;
	outbox_close();
}

void command_run(uint64_t pointer)
{
	command *c = (command *)(uintptr_t)pointer;
	if (c == NULL) {
		command_stop();
		return;
	}
	switch (c->what) {
	case OPEN_STORAGE:
		c->rc = storage_open(c->db_fd, c->wal_fd, c->max_pages, c->heap_bytes, c->wal_frames, c->text, sizeof c->text);
		break;
	case EVALUATE:
		evaluate(c);
		break;
	}
	finish(c);
}

/* From the message of fjs_stop, or from a loop that is over and takes no
 * message any more: whoever comes first. */
void command_stop(void)
{
	pthread_mutex_lock(&mutex);
	command *c = stop_command;
	stop_command = NULL;
	pthread_mutex_unlock(&mutex);
	if (c != NULL) {
		stop(c);
		finish(c);
	}
}

static command *make(int what)
{
	command *c = calloc(1, sizeof *c);
	if (c != NULL) {
		c->what = what;
		c->owners = 2;
		c->db_fd = c->wal_fd = -1;
	}
	return c;
}

static int wait_for(command *c, uint32_t timeout_ms)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += timeout_ms / 1000;
	until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&mutex);
	int rc = 0;
	while (!c->done && rc == 0)
		rc = pthread_cond_timedwait(&finished, &mutex, &until);
	rc = c->done ? c->rc : FJS_TIMEOUT;
	pthread_mutex_unlock(&mutex);
	return rc;
}

static int submit(command *c, uint32_t timeout_ms)
{
	const fjs_rec rec = { .kind = IN_COMMAND, .call = (uint64_t)(uintptr_t)c, .size = sizeof rec };
	int rc = inbox_push(&rec, sizeof rec, false);
	if (rc == FJS_OK)
		return wait_for(c, timeout_ms);
	pthread_mutex_lock(&mutex);
	release(c); /* the JavaScript thread's share */
	pthread_mutex_unlock(&mutex);
	return rc;
}

static void leave(command *c)
{
	pthread_mutex_lock(&mutex);
	release(c);
	pthread_mutex_unlock(&mutex);
}

int fjs_open_storage(int db_fd, int wal_fd, uint32_t max_pages, uint64_t heap_bytes, uint32_t wal_frames, uint32_t timeout_ms, char *err, size_t err_size)
{
	command *c = make(OPEN_STORAGE);
	if (c == NULL)
		return FJS_FULL;
	c->db_fd = db_fd;
	c->wal_fd = wal_fd;
	c->max_pages = max_pages;
	c->heap_bytes = heap_bytes;
	c->wal_frames = wal_frames;
	int rc = submit(c, timeout_ms);
	if (rc == FJS_FAILED)
		snprintf(err, err_size, "%s", c->text);
	leave(c);
	return rc;
}

int fjs_evaluate(char *source, char **result, uint32_t timeout_ms)
{
	command *c = make(EVALUATE);
	if (c == NULL) {
		free(source);
		return FJS_FULL;
	}
	c->source = source;
	int rc = submit(c, timeout_ms);
	if (rc == FJS_OK || rc == FJS_FAILED) {
		*result = c->result;
		c->result = NULL;
	}
	leave(c);
	return rc;
}

int fjs_stop(uint32_t timeout_ms, char *err, size_t err_size)
{
	command *c = make(STOP);
	if (c == NULL)
		return FJS_FULL;
	pthread_mutex_lock(&mutex);
	bool again = stop_asked;
	stop_asked = true;
	if (!again)
		stop_command = c;
	pthread_mutex_unlock(&mutex);
	if (again) {
		c->owners = 1;
		leave(c);
		return FJS_CLOSED;
	}
	outbox_set_stopping();
	const fjs_rec rec = { .kind = IN_COMMAND, .size = sizeof rec };
	int rc = inbox_push(&rec, sizeof rec, true);
	inbox_set_stopping();
	if (rc == FJS_OK)
		rc = wait_for(c, timeout_ms);
	if (rc == FJS_FAILED)
		snprintf(err, err_size, "%s", c->text);
	leave(c);
	return rc;
}
