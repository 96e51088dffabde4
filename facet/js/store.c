//go:build linux && amd64 && cgo

/* The engine's one store: its life, its commits, its durability. */
#include "internal.h"
#include "storage_bind.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

fst_store *store;

/* On the sync thread. */
static void on_synced(void *unused, uint64_t seq)
{
	(void)unused;
	outbox_synced(seq);
	if (atomic_load(&E.synced_wanted) != 0)
		inbox_kick();
}

static void on_failed(void *unused, const char *why)
{
	(void)unused;
	outbox_urgent(FAILURE_INTERNAL, "Error", why, true);
}

static int should_abort(void *unused) { return watchdog_interrupt(unused); }

int storage_open(int db_fd, int wal_fd, uint32_t max_pages, uint64_t heap_bytes, uint32_t wal_frames, char *err, size_t err_size)
{
	if (store != NULL) {
		snprintf(err, err_size, "the engine has a database already");
		return FJS_FAILED;
	}
	const fst_limits limits = { .max_pages = max_pages, .heap_bytes = heap_bytes, .wal_frames = wal_frames };
	const fst_hooks hooks = { .on_synced = on_synced, .on_failed = on_failed, .should_abort = should_abort };
	char text[FST_ERRMSG_MAX];
	if (fst_open(db_fd, wal_fd, &limits, &hooks, &store, text) != FST_OK) {
		store = NULL;
		snprintf(err, err_size, "%s", text);
		return FJS_FAILED;
	}
	return FJS_OK;
}

/* See fjs_last_alarm. */
enum { ALARM_UNKNOWN = -2 };
static _Atomic int64_t last_alarm = ALARM_UNKNOWN;

int64_t fjs_last_alarm(void) { return atomic_load(&last_alarm); }

void storage_tell_alarm(void)
{
	int64_t ms;
	if (store != NULL && fst_alarm_changed(store) && fst_alarm_get(store, &ms) >= 0)
		outbox_stage_first(OUT_ALARM, (double)ms);
}

bool storage_close(char *err, size_t err_size)
{
	if (store == NULL)
		return true;
	cursors_close();
	fst_turn_rollback(store);
	int64_t ms;
	int found = fst_alarm_get(store, &ms);
	int rc = fst_close(store);
	store = NULL;
	atomic_store(&last_alarm, rc == FST_OK && (found == FST_ROW || found == FST_DONE) ? ms : ALARM_UNKNOWN);
	if (rc != FST_OK)
		snprintf(err, err_size, "the database was closed, but something committed may not be on disk");
	return rc == FST_OK;
}

bool storage_commit(uint64_t *seq, char *err, size_t err_size)
{
	*seq = 0;
	if (store == NULL)
		return true;
	int rc = fst_turn_end(store, seq);
	if (rc == FST_OK)
		return true;
	snprintf(err, err_size, "Durable Object was reset and rolled back to its last known good state because %s%s",
		rc == FST_LOST ? "a storage operation failed: "
			: strstr(fst_errmsg(store), "SQLITE_CONSTRAINT") != NULL /* fact T7 */
			? "the application left the database in a state where constraints were violated: "
			: "the application left the database in a state that could not be committed: ",
		fst_errmsg(store));
	return false;
}

void storage_rollback(void)
{
	if (store != NULL)
		fst_turn_rollback(store);
}

uint64_t storage_committed(void) { return store ? fst_committed(store) : 0; }
uint64_t storage_synced(void) { return store ? fst_synced(store) : 0; }

void storage_idle(void)
{
	if (store != NULL && fst_idle(store) != FST_OK)
		loop_broken(FAILURE_INTERNAL, "Error", "the database could not be checkpointed");
}

int fjs_hold_checkpoints(bool on)
{
	fst_store *s = store; /* set once, before the caller learns of it; see Engine */
	if (s == NULL)
		return FJS_FAILED;
	fst_hold_checkpoints(s, on);
	return FJS_OK;
}
