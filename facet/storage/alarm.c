/*
 * The object's alarm: one time, in the table of reserved metadata, written in
 * the turn's transaction like anything else (facts F99, T23). Whether it may have
 * changed is remembered until asked, so that whoever wakes the object learns of
 * it with the commit.
 */
#include "internal.h"

int fst_alarm_get(fst_store *st, int64_t *ms)
{
	int rc = fst_enter(st), found;

	*ms = FST_NO_ALARM;
	if (rc != FST_OK)
		return rc;
	st->trusted++;
	found = sqlite3_step(st->alarm_get) == SQLITE_ROW;
	if (found)
		*ms = sqlite3_column_int64(st->alarm_get, 0);
	rc = sqlite3_reset(st->alarm_get);
	st->trusted--;
	if (rc != SQLITE_OK)
		return fst_fail_db(st, rc);
	return found ? FST_ROW : FST_DONE;
}

int fst_alarm_set(fst_store *st, int64_t ms)
{
	sqlite3_stmt *stmt = ms == FST_NO_ALARM ? st->alarm_delete : st->alarm_put;
	int rc = fst_enter(st);

	if (rc != FST_OK || (rc = fst_begin_write(st)) != FST_OK)
		return rc;
	st->alarm_touched = 1;
	rc = ms == FST_NO_ALARM ? SQLITE_OK : sqlite3_bind_int64(stmt, 1, ms);
	if (rc == SQLITE_OK)
		rc = fst_run(st, stmt);
	return rc == SQLITE_OK ? FST_OK : fst_fail_db(st, rc);
}

void fst_alarm_touch(fst_store *st)
{
	st->alarm_touched = 1;
}

int fst_alarm_changed(fst_store *st)
{
	int touched = st->alarm_touched;

	if (st->in_txn) /* what it will be is not settled */
		return 0;
	st->alarm_touched = 0;
	return touched;
}
