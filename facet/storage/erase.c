/* deleteAll (fact T19): everything the application made, and every key. */
#include "internal.h"

#include <string.h>

/* Virtual tables before the tables that are their shadows; views and what hangs
 * on a table go last. A row that cannot be dropped is tried again after the
 * others, as long as something goes. */
static const char next_object[] =
	"SELECT type, name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
	"AND name NOT IN ('_cf_KV', '_cf_METADATA') "
	"ORDER BY rootpage <> 0, type = 'view', rowid LIMIT 1 OFFSET ?1";

static int drop_one(fst_store *st, sqlite3_stmt *next, int skip, int *found)
{
	char *sql = NULL;
	int rc;

	*found = 0;
	if ((rc = sqlite3_bind_int(next, 1, skip)) != SQLITE_OK)
		return rc;
	st->trusted++;
	rc = sqlite3_step(next);
	if (rc == SQLITE_ROW) {
		const char *type = (const char *)sqlite3_column_text(next, 0);
		const char *name = (const char *)sqlite3_column_text(next, 1);
		*found = 1;
		sql = sqlite3_mprintf("DROP %s main.\"%w\"", strcmp(type, "view") == 0 ? "VIEW" : "TABLE", name);
		rc = sql == NULL ? SQLITE_NOMEM : SQLITE_OK;
		sqlite3_reset(next);
	} else {
		rc = sqlite3_reset(next);
	}
	st->trusted--;
	if (rc == SQLITE_OK && sql != NULL)
		rc = fst_run_text(st, sql);
	sqlite3_free(sql);
	return rc;
}

static int drop_all(fst_store *st)
{
	sqlite3_stmt *next;
	int skip = 0, found, rc = fst_prepare_own(st, next_object, &next);

	while (rc == SQLITE_OK) {
		rc = drop_one(st, next, skip, &found);
		if (rc == SQLITE_OK && !found)
			break;
		if (rc == SQLITE_OK) {
			skip = 0;
		} else if (found && !sqlite3_get_autocommit(st->db)) {
			skip++; /* look whether another goes first */
			rc = SQLITE_OK;
		}
	}
	sqlite3_finalize(next);
	if (rc != SQLITE_OK)
		return rc;
	/* Skipped to the end: something is left that SQLite does not drop. */
	return skip == 0 ? SQLITE_OK : SQLITE_CORRUPT;
}

static int run_if_table(fst_store *st, const char *table, const char *sql)
{
	if (sqlite3_table_column_metadata(st->db, "main", table, NULL, NULL, NULL, NULL, NULL, NULL) != SQLITE_OK)
		return SQLITE_OK;
	return fst_run_text(st, sql);
}

int fst_delete_all(fst_store *st)
{
	static const char *const stat_tables[][2] = {
		{"sqlite_stat1", "DROP TABLE main.sqlite_stat1"},
		{"sqlite_stat4", "DROP TABLE main.sqlite_stat4"},
		{"sqlite_sequence", "DELETE FROM main.sqlite_sequence"},
	};
	int foreign_keys = 1, rc = fst_enter(st);

	if (rc != FST_OK)
		return rc;
	if (st->depth > 0 || st->held)
		return fst_fail(st, FST_ERROR, "Cannot call deleteAll() within a transaction");
	fst_cursors_cancel(st, "SQLite query was canceled because the database was deleted.");
	fst_cache_clear(&st->cache);
	if ((rc = fst_begin_write(st)) != FST_OK)
		return rc;
	/* Dropping a table must not run the application's triggers or cascades in
	 * our name. */
	sqlite3_db_config(st->db, SQLITE_DBCONFIG_ENABLE_FKEY, -1, &foreign_keys);
	sqlite3_db_config(st->db, SQLITE_DBCONFIG_ENABLE_FKEY, 0, NULL);
	sqlite3_db_config(st->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	rc = drop_all(st);
	for (size_t i = 0; rc == SQLITE_OK && i < sizeof stat_tables / sizeof *stat_tables; i++)
		rc = run_if_table(st, stat_tables[i][0], stat_tables[i][1]);
	if (rc == SQLITE_OK)
		rc = fst_run_text(st, "DELETE FROM _cf_KV");
	if (rc == SQLITE_OK) {
		rc = fst_run_text(st, "DELETE FROM _cf_METADATA");
		if (rc == SQLITE_OK && sqlite3_changes(st->db) > 0)
			st->alarm_touched = 1;
	}
	if (rc != SQLITE_OK)
		rc = fst_fail_db(st, rc);
	sqlite3_db_config(st->db, SQLITE_DBCONFIG_ENABLE_FKEY, foreign_keys, NULL);
	sqlite3_db_config(st->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, NULL);
	return rc;
}
