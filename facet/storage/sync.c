/*
 * Group durability: commits append to the WAL at memory speed, one thread makes
 * everything up to the latest of them durable with one fdatasync(2) and says so.
 * Under load each sync covers what was committed during the one before.
 */
#include "internal.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

void fst_sync_failed(fst_store *st, const char *why)
{
	int tell;

	pthread_mutex_lock(&st->lock);
	tell = !st->told_failed;
	st->told_failed = 1;
	pthread_cond_broadcast(&st->synced_cond);
	pthread_mutex_unlock(&st->lock);
	if (tell && st->hooks.on_failed != NULL)
		st->hooks.on_failed(st->hooks.arg, why);
}

static void *sync_main(void *arg)
{
	fst_store *st = arg;

	pthread_mutex_lock(&st->lock);
	for (;;) {
		uint64_t target = atomic_load(&st->committed);
		if (target == atomic_load(&st->synced)) {
			if (st->stop)
				break;
			pthread_cond_wait(&st->wake, &st->lock);
			continue;
		}
		pthread_mutex_unlock(&st->lock);
		if (fst_sync_fd(&st->files, st->files.wal_fd) != 0) {
			fst_sync_failed(st, "fdatasync of the write-ahead log failed");
			return NULL;
		}
		pthread_mutex_lock(&st->lock);
		atomic_store(&st->synced, target);
		pthread_cond_broadcast(&st->synced_cond);
		pthread_mutex_unlock(&st->lock);
		if (st->hooks.on_synced != NULL)
			st->hooks.on_synced(st->hooks.arg, target);
		pthread_mutex_lock(&st->lock);
	}
	pthread_mutex_unlock(&st->lock);
	return NULL;
}

int fst_sync_start(fst_store *st)
{
	pthread_attr_t attr;
	sigset_t all, old;
	int rc;

	/* The thread takes no signals: they belong to the Go runtime's threads. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 128 << 10);
	rc = pthread_create(&st->sync_thread, &attr, sync_main, st);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc;
}

/* Sync what is left, end the thread. */
void fst_sync_stop(fst_store *st)
{
	pthread_mutex_lock(&st->lock);
	st->stop = 1;
	pthread_cond_signal(&st->wake);
	pthread_mutex_unlock(&st->lock);
	pthread_join(st->sync_thread, NULL);
}

void fst_sync_commit(fst_store *st, uint64_t seq)
{
	pthread_mutex_lock(&st->lock);
	atomic_store(&st->committed, seq);
	pthread_mutex_unlock(&st->lock);
	pthread_cond_signal(&st->wake); /* now, or the thread would wake only to wait for the lock */
}

uint64_t fst_committed(const fst_store *st)
{
	return atomic_load(&st->committed);
}

uint64_t fst_synced(const fst_store *st)
{
	return atomic_load(&st->synced);
}

int fst_wait_synced(fst_store *st, uint64_t seq, int timeout_ms)
{
	struct timespec until;
	int rc = 0, result;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout_ms / 1000;
	until.tv_nsec += (timeout_ms % 1000) * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	pthread_mutex_lock(&st->lock);
	while (!st->told_failed && rc != ETIMEDOUT && atomic_load(&st->synced) < seq)
		rc = timeout_ms < 0 ? pthread_cond_wait(&st->synced_cond, &st->lock)
				    : pthread_cond_timedwait(&st->synced_cond, &st->lock, &until);
	result = atomic_load(&st->synced) >= seq ? FST_OK : st->told_failed ? FST_BROKEN : FST_DONE;
	pthread_mutex_unlock(&st->lock);
	return result;
}
