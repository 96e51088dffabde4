/* Opening and closing a store. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static int init_result;
static pthread_once_t init_once = PTHREAD_ONCE_INIT;

/* 'localtime' in SQL is UTC, whatever the host's zone. With TZ unset the C library
 * looks at the time zone file at every call, with this value at the first one
 * only (below). Before main, because setenv is not safe beside other threads. */
__attribute__((constructor)) static void set_zone(void)
{
	setenv("TZ", "UTC0", 1);
}

static void init(void)
{
	char seed[8];
	time_t now = time(NULL);

	(void)localtime(&now); /* looks for a file named UTC0, once */
	/* sqlite3.h is a copy; a module updated alone must not go unnoticed. */
	init_result = strcmp(sqlite3_libversion(), SQLITE_VERSION) == 0 ? sqlite3_initialize() : SQLITE_MISMATCH;
	if (init_result == SQLITE_OK)
		init_result = fst_vfs_register();
	sqlite3_randomness(sizeof seed, seed);
}

int fst_init(void)
{
	pthread_once(&init_once, init);
	return init_result == SQLITE_OK ? FST_OK : FST_ERROR;
}

static int wal_hook(void *arg, sqlite3 *db, const char *name, int frames)
{
	fst_store *st = arg;
	uint64_t seq = atomic_load(&st->committed) + 1;

	(void)db, (void)name;
	st->frames = (uint32_t)frames;
	fst_sync_commit(st, seq);
	return SQLITE_OK;
}

/* Every one of these reads no file before locking_mode is exclusive. */
static int pragmas(fst_store *st)
{
	static const char *const fixed[] = {
		"PRAGMA locking_mode = EXCLUSIVE", "PRAGMA synchronous = NORMAL", "PRAGMA temp_store = MEMORY",
		"PRAGMA cache_size = -8192",       "PRAGMA mmap_size = 0",        "PRAGMA cell_size_check = ON",
		"PRAGMA recursive_triggers = OFF", "PRAGMA secure_delete = OFF",
	};
	char sql[64];
	int rc = SQLITE_OK;

	for (size_t i = 0; rc == SQLITE_OK && i < sizeof fixed / sizeof *fixed; i++)
		rc = fst_run_text(st, fixed[i]);
	snprintf(sql, sizeof sql, "PRAGMA max_page_count = %u", st->limits.max_pages);
	if (rc == SQLITE_OK)
		rc = fst_run_text(st, sql);
	return rc;
}

static int expect(fst_store *st, const char *sql, const char *want)
{
	sqlite3_stmt *stmt = NULL;
	int rc = fst_prepare_own(st, sql, &stmt);

	if (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
		rc = strcmp((const char *)sqlite3_column_text(stmt, 0), want) == 0 ? SQLITE_OK : SQLITE_NOTADB;
	sqlite3_finalize(stmt);
	return rc;
}

static int prepare_all(fst_store *st)
{
	const struct {
		sqlite3_stmt **out;
		const char *sql;
	} own[] = {
		{&st->begin, "BEGIN"},
		{&st->commit, "COMMIT"},
		{&st->rollback, "ROLLBACK"},
		{&st->kv_get, "SELECT value FROM _cf_KV WHERE key = ?1"},
		{&st->kv_put, "INSERT INTO _cf_KV(key, value) VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value"},
		{&st->kv_delete, "DELETE FROM _cf_KV WHERE key = ?1"},
		{&st->alarm_get, "SELECT value FROM _cf_METADATA WHERE key = 1 AND typeof(value) = 'integer'"},
		{&st->alarm_put, "INSERT INTO _cf_METADATA(key, value) VALUES(1, ?1) ON CONFLICT(key) DO UPDATE SET value = excluded.value"},
		{&st->alarm_delete, "DELETE FROM _cf_METADATA WHERE key = 1"},
		{&st->page_count, "PRAGMA page_count"},
		{&st->freelist_count, "PRAGMA freelist_count"},
		{&st->reserved_check, "SELECT 1 FROM sqlite_schema WHERE substr(name, 1, 4) = '_cf_' COLLATE NOCASE "
				      "AND name NOT IN ('_cf_KV', '_cf_METADATA') LIMIT 1"},
	};
	int rc = SQLITE_OK;

	for (size_t i = 0; rc == SQLITE_OK && i < sizeof own / sizeof *own; i++)
		rc = fst_prepare_own(st, own[i].sql, own[i].out);
	return rc;
}

static void finalize_all(fst_store *st)
{
	sqlite3_stmt *own[] = {st->begin,  st->commit,    st->rollback,   st->kv_get,         st->kv_put,
			       st->kv_delete, st->alarm_get, st->alarm_put, st->alarm_delete, st->page_count, st->freelist_count, st->reserved_check};

	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		sqlite3_finalize(own[i]);
	for (int i = 0; i < FST_KV_NEXT_KINDS; i++)
		sqlite3_finalize(st->kv_next[i]);
	fst_cache_clear(&st->cache);
	fst_functions_remove(st);
}

static int connect(fst_store *st)
{
	const char *name = fst_vfs_add(&st->files);
	int rc;

	if (name == NULL)
		return SQLITE_CANTOPEN;
	rc = sqlite3_open_v2(name, &st->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, "facet");
	if (rc != SQLITE_OK)
		return rc;
	sqlite3_extended_result_codes(st->db, 1);
	if ((rc = pragmas(st)) != SQLITE_OK || (rc = fst_harden(st)) != SQLITE_OK)
		return rc;
	/* The first read: the WAL is recovered here. */
	if ((rc = expect(st, "PRAGMA journal_mode", "wal")) != SQLITE_OK ||
	    (rc = expect(st, "PRAGMA page_size", "4096")) != SQLITE_OK || (rc = prepare_all(st)) != SQLITE_OK)
		return rc;
	sqlite3_wal_autocheckpoint(st->db, 0);
	sqlite3_wal_hook(st->db, wal_hook, st);
	return SQLITE_OK;
}

static void free_store(fst_store *st)
{
	finalize_all(st);
	sqlite3_close_v2(st->db);
	fst_vfs_remove(&st->files);
	pthread_mutex_destroy(&st->files.sync_lock);
	pthread_mutex_destroy(&st->lock);
	pthread_mutex_destroy(&st->checkpoint_lock);
	pthread_cond_destroy(&st->wake);
	pthread_cond_destroy(&st->synced_cond);
	free(st);
}

static void init_locks(fst_store *st)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&st->files.sync_lock, NULL);
	pthread_mutex_init(&st->lock, NULL);
	pthread_mutex_init(&st->checkpoint_lock, NULL);
	pthread_cond_init(&st->wake, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&st->synced_cond, &attr);
	pthread_condattr_destroy(&attr);
}

static void set_limits(fst_store *st, const fst_limits *limits)
{
	if (limits != NULL)
		st->limits = *limits;
	if (st->limits.max_pages == 0)
		st->limits.max_pages = 262144;
	if (st->limits.heap_bytes == 0)
		st->limits.heap_bytes = 64 << 20;
	if (st->limits.wal_frames == 0)
		st->limits.wal_frames = 32768;
	if (st->limits.wal_frames < 2 * FST_CHECKPOINT_FORCED + 192)
		st->limits.wal_frames = 8192;
	st->files.wal_max = FST_WAL_HEADER + (int64_t)st->limits.wal_frames * FST_FRAME;
	/* The soft limit makes the page cache shrink before allocations fail. */
	sqlite3_hard_heap_limit64((sqlite3_int64)st->limits.heap_bytes);
	sqlite3_soft_heap_limit64((sqlite3_int64)(st->limits.heap_bytes / 4 * 3));
}

int fst_open(int db_fd, int wal_fd, const fst_limits *limits, const fst_hooks *hooks, fst_store **out,
	     char err[FST_ERRMSG_MAX])
{
	fst_store *st;
	int rc;

	*out = NULL;
	if (fst_init() != FST_OK) {
		snprintf(err, FST_ERRMSG_MAX, "initialise SQLite: code %d", init_result);
		return FST_ERROR;
	}
	if (fst_fd_size(db_fd) < FST_PAGE || fst_fd_size(wal_fd) < 0) {
		snprintf(err, FST_ERRMSG_MAX, "open database: descriptors %d and %d are not a database and its log; "
			 "make the database from the template", db_fd, wal_fd);
		return FST_ERROR;
	}
	if ((st = calloc(1, sizeof *st)) == NULL) {
		snprintf(err, FST_ERRMSG_MAX, "open database: out of memory");
		return FST_ERROR;
	}
	st->files.db_fd = db_fd;
	st->files.wal_fd = wal_fd;
	if (hooks != NULL)
		st->hooks = *hooks;
	set_limits(st, limits);
	init_locks(st);
	sqlite3_randomness(sizeof st->cache.seed, &st->cache.seed);
	rc = connect(st);
	/* What a killed predecessor committed may be in the page cache only; a
	 * read must not show it before it is on disk. */
	if (rc == SQLITE_OK && fst_fd_size(wal_fd) > 0 && fst_sync_fd(&st->files, wal_fd) != 0)
		rc = SQLITE_IOERR_FSYNC;
	if (rc == SQLITE_OK && fst_sync_start(st) != 0)
		rc = SQLITE_NOMEM;
	if (rc != SQLITE_OK) {
		if (st->db != NULL)
			fst_format_error(st->db, rc, st->errmsg, sizeof st->errmsg);
		snprintf(err, FST_ERRMSG_MAX, "open database: %.1900s",
			 rc == SQLITE_CANTOPEN && st->db == NULL ? "too many stores in one process" : st->errmsg);
		free_store(st);
		return FST_ERROR;
	}
	*out = st;
	return FST_OK;
}

/* Make the next open find an empty log, keep some of its blocks. In this order:
 * a log cut while its header is still valid would be replayed as far as it goes. */
static void retire_wal(int fd)
{
	static const char zero[FST_WAL_HEADER];
	off_t keep = FST_WAL_HEADER + (off_t)FST_WAL_KEPT * FST_FRAME;

	if (fst_fd_size(fd) == 0 || pwrite(fd, zero, sizeof zero, 0) != sizeof zero || fdatasync(fd) != 0)
		return; /* the log is replayed onto what it made: slower, not wrong */
	if (fst_fd_size(fd) > keep && ftruncate(fd, keep) != 0)
		return;
}

int fst_close(fst_store *st)
{
	int db_fd = st->files.db_fd, wal_fd = st->files.wal_fd, complete = 0, result;

	fst_turn_rollback(st);
	fst_cursors_cancel(st, "SQLite query was canceled because the database was closed.");
	fst_sync_stop(st);
	result = atomic_load(&st->files.failed) ? FST_BROKEN : FST_OK;
	if (result == FST_OK && !st->broken) /* a failed commit left nothing to save */
		result = fst_checkpoint(st, &complete);
	fst_cursors_free(st);
	free_store(st);
	if (complete)
		retire_wal(wal_fd);
	close(wal_fd);
	close(db_fd);
	return result;
}
