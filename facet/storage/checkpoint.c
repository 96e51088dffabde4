/*
 * Checkpoints: moving frames from the WAL into the database. SQLite orders it
 * (WAL synced, pages written, database synced); we choose when. The WAL is not
 * truncated: the next write starts it over, and overwriting blocks costs half of
 * appending them.
 */
#include "internal.h"

enum {
	RECLAIM_MIN = 256,  /* free pages worth giving back */
	RECLAIM_STEP = 256, /* pages per idle call, about 5 ms */
};

/* Whether held, or LOCKED by an open read cursor, the frames stay; FST_BROKEN
 * when the disk failed. */
int fst_checkpoint(fst_store *st, int *complete)
{
	int logged = 0, moved = 0, rc = SQLITE_LOCKED;

	*complete = 0;
	pthread_mutex_lock(&st->checkpoint_lock);
	if (st->checkpoint_holds == 0)
		rc = sqlite3_wal_checkpoint_v2(st->db, "main", SQLITE_CHECKPOINT_PASSIVE, &logged, &moved);
	pthread_mutex_unlock(&st->checkpoint_lock);
	if (rc == SQLITE_OK && logged == moved) {
		st->frames = 0;
		*complete = 1;
	}
	if (rc == SQLITE_OK || (rc & 0xff) == SQLITE_LOCKED || (rc & 0xff) == SQLITE_BUSY)
		return FST_OK;
	/* SQLITE_FULL leaves the frames in the WAL and is survivable: the disk may
	 * have room later, and the WAL has its own limit. */
	if ((rc & 0xff) == SQLITE_FULL && !atomic_load(&st->files.failed))
		return FST_OK;
	fst_fail_db(st, rc);
	st->broken = 1;
	fst_sync_failed(st, "checkpoint failed");
	return FST_BROKEN;
}

/* After a commit: at 4000 frames, and once the WAL is half full even if unread
 * cursors have to be read to their end or cancelled for it. */
int fst_checkpoint_if_due(fst_store *st)
{
	int complete, rc;

	if (st->frames < FST_CHECKPOINT_FORCED)
		return FST_OK;
	rc = fst_checkpoint(st, &complete);
	if (rc != FST_OK || complete || st->frames < st->limits.wal_frames / 2)
		return rc;
	fst_cursors_settle(st, 1);
	return fst_checkpoint(st, &complete);
}

/* One number from a PRAGMA; -1 on failure. */
static int64_t number(fst_store *st, sqlite3_stmt *stmt)
{
	int64_t n = -1;

	st->trusted++;
	if (sqlite3_step(stmt) == SQLITE_ROW)
		n = sqlite3_column_int64(stmt, 0);
	if (sqlite3_reset(stmt) != SQLITE_OK)
		n = -1;
	st->trusted--;
	return n;
}

int64_t fst_database_size(fst_store *st)
{
	int64_t pages, unused;

	if (fst_enter(st) != FST_OK)
		return -1;
	pages = number(st, st->page_count);
	unused = number(st, st->freelist_count);
	if (pages < 0 || unused < 0) {
		fst_fail_db(st, sqlite3_extended_errcode(st->db));
		return -1;
	}
	return (pages - unused) * FST_PAGE;
}

int fst_idle(fst_store *st)
{
	int complete, rc = fst_enter(st);

	if (rc != FST_OK || st->in_txn)
		return rc;
	if (st->frames >= FST_CHECKPOINT_IDLE)
		return fst_checkpoint(st, &complete);
	uint64_t after = atomic_load(&st->committed) + 1;
	if (st->frames == 0 && st->open.count == 0 && st->settled != after) {
		int64_t unused = number(st, st->freelist_count), pages = number(st, st->page_count);
		char sql[64];
		if (unused < RECLAIM_MIN || unused < pages / 4) {
			st->settled = after;
			return FST_OK;
		}
		sqlite3_snprintf(sizeof sql, sql, "PRAGMA incremental_vacuum(%d)", RECLAIM_STEP);
		if (fst_run_text(st, sql) != SQLITE_OK)
			return FST_OK; /* nothing is lost; the next commit will tell */
		return fst_checkpoint(st, &complete);
	}
	return FST_OK;
}

void fst_hold_checkpoints(fst_store *st, int on)
{
	pthread_mutex_lock(&st->checkpoint_lock);
	st->checkpoint_holds += on ? 1 : -1;
	pthread_mutex_unlock(&st->checkpoint_lock);
}

uint32_t fst_wal_frames(const fst_store *st)
{
	return st->frames;
}
