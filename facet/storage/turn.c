/*
 * Turns: one implicit transaction for everything written between two awaits
 * (fact T1), with savepoints inside it. Never one transaction for several
 * requests: SQLITE_FULL, ON CONFLICT ROLLBACK and an interrupt throw the whole
 * of it away.
 */
#include "internal.h"

#include <stdio.h>

int fst_prepare_own(fst_store *st, const char *sql, sqlite3_stmt **out)
{
	int rc;

	st->trusted++;
	rc = sqlite3_prepare_v3(st->db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
	st->trusted--;
	return rc;
}

int fst_run(fst_store *st, sqlite3_stmt *stmt)
{
	int rc;

	st->trusted++; /* a schema change makes step compile it again */
	while (sqlite3_step(stmt) == SQLITE_ROW)
		;
	rc = sqlite3_reset(stmt);
	st->trusted--;
	return rc;
}

int fst_run_text(fst_store *st, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	int rc = fst_prepare_own(st, sql, &stmt);

	if (rc == SQLITE_OK)
		rc = fst_run(st, stmt);
	sqlite3_finalize(stmt);
	return rc;
}

/*
 * SQLITE_FULL and others roll back the whole transaction. Where the failed
 * statement was the first that wrote, it took nothing of the turn's with it:
 * its error is all there is to tell, and the turn goes on.
 */
static void forgive(fst_store *st)
{
	if (fst_lost(st) && st->writes == 1 && st->depth == 0 && !st->held)
		st->in_txn = 0;
}

int fst_enter(fst_store *st)
{
	forgive(st);
	if (st->borrowed != NULL) {
		sqlite3_reset(st->borrowed);
		st->borrowed = NULL;
	}
	st->kind = 0;
	if (st->broken)
		return FST_BROKEN; /* with the text of what broke it */
	if (atomic_load(&st->files.failed)) {
		st->broken = 1;
		return fst_fail(st, FST_BROKEN, "storage is broken: a write could not be made durable");
	}
	return FST_OK;
}

int fst_lost(const fst_store *st)
{
	return st->in_txn && sqlite3_get_autocommit(st->db);
}

int fst_begin_write(fst_store *st)
{
	int rc;

	if (fst_lost(st))
		return fst_fail(st, FST_ERROR,
				"the writes of this turn were rolled back by an earlier error; nothing can be written before the next turn");
	if (st->in_txn) {
		st->writes++;
		return FST_OK;
	}
	rc = fst_run(st, st->begin);
	if (rc != SQLITE_OK)
		return fst_fail_db(st, rc);
	st->in_txn = st->writes = 1;
	return FST_OK;
}

static void forget(fst_store *st)
{
	uint64_t committed = atomic_load(&st->committed);

	st->in_txn = st->held = st->depth = 0;
	/* Output of held turns waits for a number; let it have one. */
	if (st->promised > committed)
		fst_sync_commit(st, st->promised);
}

int fst_turn_end(fst_store *st, uint64_t *seq)
{
	int rc = fst_enter(st);

	if (seq != NULL)
		*seq = atomic_load(&st->committed);
	if (rc != FST_OK || !st->in_txn)
		return rc;
	if (fst_lost(st)) {
		forget(st);
		return fst_fail(st, FST_LOST, "the writes of this turn were rolled back by an error in it");
	}
	fst_cursors_settle(st, 0);
	if (fst_lost(st)) { /* reading the rest of a RETURNING was interrupted */
		forget(st);
		return fst_fail(st, FST_LOST, "the writes of this turn were rolled back by an error in it");
	}
	if (st->held) {
		st->promised = atomic_load(&st->committed) + 1;
		if (seq != NULL)
			*seq = st->promised;
		return FST_OK;
	}
	rc = fst_run(st, st->commit);
	if (rc != SQLITE_OK) {
		fst_fail_db(st, rc);
		st->broken = 1;
		if (!sqlite3_get_autocommit(st->db))
			fst_run(st, st->rollback);
		st->in_txn = 0;
		return FST_BROKEN;
	}
	forget(st);
	if (seq != NULL)
		*seq = atomic_load(&st->committed);
	return fst_checkpoint_if_due(st);
}

void fst_turn_rollback(fst_store *st)
{
	fst_enter(st);
	if (st->in_txn && !sqlite3_get_autocommit(st->db) && fst_run(st, st->rollback) != SQLITE_OK)
		st->broken = 1;
	forget(st);
}

int fst_hold_transaction(fst_store *st, int on)
{
	int rc = fst_enter(st);

	st->held = on != 0;
	return rc;
}

static int savepoint_sql(fst_store *st, const char *verb, int depth)
{
	char sql[64];
	int rc;

	snprintf(sql, sizeof sql, "%s _fst_%d", verb, depth);
	rc = fst_run_text(st, sql);
	return rc == SQLITE_OK ? FST_OK : fst_fail_db(st, rc);
}

int fst_savepoint(fst_store *st)
{
	int rc = fst_enter(st);

	if (rc != FST_OK || (rc = fst_begin_write(st)) != FST_OK)
		return rc;
	fst_cursors_settle(st, 0); /* SQLite refuses beside a pending writer */
	rc = savepoint_sql(st, "SAVEPOINT", st->depth + 1);
	return rc == FST_OK ? ++st->depth : rc;
}

static int end_savepoint(fst_store *st, int depth, int undo)
{
	int rc = fst_enter(st);

	if (rc != FST_OK)
		return rc;
	if (fst_lost(st))
		return fst_fail(st, FST_LOST, "the writes of this turn were rolled back by an error in it");
	if (depth < 1 || depth > st->depth)
		return fst_fail(st, FST_ERROR, "no such savepoint: it was released or rolled back before");
	fst_cursors_settle(st, 0);
	if (undo && (rc = savepoint_sql(st, "ROLLBACK TO", depth)) != FST_OK)
		return rc;
	rc = savepoint_sql(st, "RELEASE", depth);
	if (rc == FST_OK)
		st->depth = depth - 1;
	return rc;
}

int fst_release(fst_store *st, int depth)
{
	return end_savepoint(st, depth, 0);
}

int fst_rollback_to(fst_store *st, int depth)
{
	return end_savepoint(st, depth, 1);
}
