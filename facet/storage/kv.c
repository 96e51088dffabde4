/* The key-value table: statements compiled once, values handed out in place. */
#include "internal.h"

#include <stdio.h>

static int bind_value(sqlite3_stmt *stmt, int i, const fst_value *v)
{
	switch (v->type) {
	case FST_TEXT:
		return sqlite3_bind_text64(stmt, i, v->data, v->size, SQLITE_STATIC, SQLITE_UTF8);
	case FST_BLOB:
		return sqlite3_bind_blob64(stmt, i, v->data, v->size, SQLITE_STATIC);
	default:
		return SQLITE_MISUSE;
	}
}

static int bind_key(sqlite3_stmt *stmt, int i, const char *key, size_t size)
{
	return sqlite3_bind_text64(stmt, i, key, size, SQLITE_STATIC, SQLITE_UTF8);
}

/* End a use: the bindings point to the caller's memory, which goes away. */
static int finish(fst_store *st, sqlite3_stmt *stmt, int rc, int result)
{
	sqlite3_clear_bindings(stmt);
	return rc == SQLITE_OK ? result : fst_fail_db(st, rc);
}

/* Step a statement that gives at most one row, which stays borrowed. */
static int first_row(fst_store *st, sqlite3_stmt *stmt)
{
	int rc;

	st->trusted++;
	rc = sqlite3_step(stmt);
	st->trusted--;
	if (rc == SQLITE_ROW) {
		st->borrowed = stmt;
		return FST_ROW;
	}
	rc = sqlite3_reset(stmt);
	return finish(st, stmt, rc, FST_DONE);
}

int fst_kv_get(fst_store *st, const char *key, size_t key_size, fst_value *value)
{
	int rc = fst_enter(st);

	if (rc != FST_OK)
		return rc;
	if ((rc = bind_key(st->kv_get, 1, key, key_size)) != SQLITE_OK)
		return finish(st, st->kv_get, rc, FST_OK);
	rc = first_row(st, st->kv_get);
	if (rc == FST_ROW)
		fst_column(st->kv_get, 0, value);
	return rc;
}

int fst_kv_put(fst_store *st, const char *key, size_t key_size, const fst_value *value)
{
	int rc = fst_enter(st);

	if (rc != FST_OK || (rc = fst_begin_write(st)) != FST_OK)
		return rc;
	rc = bind_key(st->kv_put, 1, key, key_size);
	if (rc == SQLITE_OK)
		rc = bind_value(st->kv_put, 2, value);
	if (rc == SQLITE_OK)
		rc = fst_run(st, st->kv_put);
	return finish(st, st->kv_put, rc, FST_OK);
}

int fst_kv_delete(fst_store *st, const char *key, size_t key_size)
{
	int rc = fst_enter(st);

	if (rc != FST_OK || (rc = fst_begin_write(st)) != FST_OK)
		return rc;
	rc = bind_key(st->kv_delete, 1, key, key_size);
	if (rc == SQLITE_OK)
		rc = fst_run(st, st->kv_delete);
	return finish(st, st->kv_delete, rc, sqlite3_changes(st->db) > 0 ? FST_ROW : FST_DONE);
}

static int next_statement(fst_store *st, int reverse, int from, int end, sqlite3_stmt **out)
{
	static const char *const lower[] = {"1", "key > ?1", "key >= ?1"};
	static const char *const upper[] = {"1", "key < ?1", "key <= ?1"};
	sqlite3_stmt **slot = &st->kv_next[reverse * 6 + from * 2 + end];
	char sql[160];
	int rc = SQLITE_OK;

	if (*slot == NULL) {
		snprintf(sql, sizeof sql, "SELECT key, value FROM _cf_KV WHERE %s%s ORDER BY key %s LIMIT 1",
			 reverse ? upper[from] : lower[from], !end ? "" : reverse ? " AND key >= ?2" : " AND key < ?2",
			 reverse ? "DESC" : "ASC");
		rc = fst_prepare_own(st, sql, slot);
	}
	*out = *slot;
	return rc;
}

int fst_kv_next(fst_store *st, const char *from, size_t from_size, const char *end, size_t end_size, int flags,
		fst_value *key, fst_value *value)
{
	sqlite3_stmt *stmt;
	int rc = fst_enter(st);

	if (rc != FST_OK)
		return rc;
	rc = next_statement(st, (flags & FST_REVERSE) != 0, from == NULL ? 0 : flags & FST_FROM_INCLUSIVE ? 2 : 1,
			    end != NULL, &stmt);
	if (rc == SQLITE_OK && from != NULL)
		rc = bind_key(stmt, 1, from, from_size);
	if (rc == SQLITE_OK && end != NULL)
		rc = bind_key(stmt, 2, end, end_size);
	if (rc != SQLITE_OK)
		return fst_fail_db(st, rc);
	rc = first_row(st, stmt);
	if (rc == FST_ROW) {
		fst_column(stmt, 0, key);
		fst_column(stmt, 1, value);
	}
	return rc;
}
