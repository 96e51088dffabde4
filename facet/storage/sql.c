/* Application SQL: one call, one or more statements, the last with bindings. */
#include "internal.h"

#include <string.h>

static int bind_all(fst_cursor *c, const fst_value *bindings, int n)
{
	/* What cannot return rows is over before the caller's memory goes away. */
	sqlite3_destructor_type keep = c->columns == 0 ? SQLITE_STATIC : SQLITE_TRANSIENT;
	int rc = SQLITE_OK;

	for (int i = 0; i < n && rc == SQLITE_OK; i++) {
		const fst_value *v = &bindings[i];
		switch (v->type) {
		case FST_REAL:
			rc = sqlite3_bind_double(c->stmt, i + 1, v->real); /* NaN becomes NULL */
			break;
		case FST_INTEGER:
			rc = sqlite3_bind_int64(c->stmt, i + 1, v->integer);
			break;
		case FST_TEXT:
			rc = sqlite3_bind_text64(c->stmt, i + 1, v->data, v->size, keep, SQLITE_UTF8);
			break;
		case FST_BLOB:
			rc = sqlite3_bind_blob64(c->stmt, i + 1, v->data, v->size, keep);
			break;
		default:
			rc = sqlite3_bind_null(c->stmt, i + 1);
		}
	}
	return rc;
}

/* Compile the statement at sql into c; *tail is where the next one starts. */
static int compile(fst_cursor *c, const char *sql, const char *end, const char **tail, int *kind)
{
	fst_store *st = c->st;
	int rc;

	st->kind = 0;
	rc = sqlite3_prepare_v3(st->db, sql, (int)(end - sql), 0, &c->stmt, tail);
	if (rc != SQLITE_OK)
		return fst_fail_db(st, rc);
	*kind = st->kind;
	if (c->stmt == NULL)
		return fst_fail(st, FST_ERROR, "SQL code did not contain a statement.");
	while (*tail < end && strchr(" \t\n\r\f\v", **tail) != NULL && **tail != '\0')
		++*tail;
	return FST_OK;
}

/* The authorizer is not told what ALTER TABLE renames to, so look afterwards. */
static int step_alter(fst_cursor *c)
{
	fst_store *st = c->st;
	int rc, reserved = 0, result;

	fst_cursors_settle(st, 0); /* SQLite refuses beside a pending writer */
	if ((rc = fst_run_text(st, "SAVEPOINT _fst_alter")) != SQLITE_OK)
		return fst_fail_db(st, rc);
	result = fst_cursor_step(c);
	if (sqlite3_get_autocommit(st->db))
		return result; /* lost; the savepoint went with it */
	if (result == FST_DONE) {
		st->trusted++;
		reserved = sqlite3_step(st->reserved_check) != SQLITE_DONE;
		sqlite3_reset(st->reserved_check);
		st->trusted--;
	}
	if (reserved || result < 0)
		rc = fst_run_text(st, "ROLLBACK TO _fst_alter");
	if (rc == SQLITE_OK)
		rc = fst_run_text(st, "RELEASE _fst_alter");
	if (rc != SQLITE_OK)
		return fst_fail_db(st, rc);
	return reserved ? fst_fail(st, FST_ERROR, "not authorized: SQLITE_AUTH") : result;
}

static int start(fst_cursor *c, int kind)
{
	fst_store *st = c->st;
	int explain = sqlite3_stmt_isexplain(c->stmt), rc;

	if (!sqlite3_stmt_readonly(c->stmt) || (kind & FST_STMT_DEFER_FK && !explain)) {
		rc = fst_begin_write(st);
		if (rc != FST_OK)
			return rc;
	}
	sqlite3_stmt_status(c->stmt, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1);
	rc = kind & FST_STMT_ALTER && !explain ? step_alter(c) : fst_cursor_step(c);
	/* Compiling again after a schema change may have changed the columns. */
	c->columns = sqlite3_column_count(c->stmt);
	return rc;
}

/* Run all statements but the last; leave the last one, compiled, in c. */
static int run_to_last(fst_cursor *c, const char *sql, const char *end, int *kind)
{
	const char *at = sql, *tail;
	fst_store *st = c->st;
	fst_entry *entry = fst_cache_find(&st->cache, sql, (size_t)(end - sql));
	int rc;

	if (entry != NULL && !entry->busy) {
		entry->busy = 1;
		c->entry = entry;
		c->stmt = entry->stmt;
		*kind = entry->kind;
		return FST_OK;
	}
	for (;;) {
		if ((rc = compile(c, at, end, &tail, kind)) != FST_OK)
			return rc;
		if (tail == end)
			break;
		if (sqlite3_bind_parameter_count(c->stmt) != 0)
			return fst_fail(st, FST_ERROR,
					"When executing multiple SQL statements in a single call, only the last statement can have parameters.");
		rc = start(c, *kind);
		while (rc == FST_ROW)
			rc = fst_cursor_step(c);
		if (rc != FST_DONE)
			return rc;
		sqlite3_finalize(c->stmt);
		c->stmt = NULL;
		at = tail;
	}
	if (at == sql && entry == NULL)
		c->entry = fst_cache_add(&st->cache, sql, (size_t)(end - sql), c->stmt, *kind);
	if (c->entry != NULL)
		c->entry->busy = 1;
	return FST_OK;
}

int fst_sql_exec(fst_store *st, const char *sql, size_t sql_size, const fst_value *bindings, int n_bindings,
		 fst_cursor **out)
{
	int kind = 0, rc = fst_enter(st);
	fst_cursor *c;

	*out = NULL;
	if (rc != FST_OK)
		return rc;
	if (sql_size > 1 << 30)
		return fst_fail(st, FST_ERROR, "statement too long: SQLITE_TOOBIG");
	if ((c = fst_cursor_new(st)) == NULL)
		return fst_fail(st, FST_ERROR, "out of memory: SQLITE_NOMEM");
	if ((rc = run_to_last(c, sql, sql + sql_size, &kind)) != FST_OK)
		goto failed;
	c->columns = sqlite3_column_count(c->stmt);
	c->returned = c->written = 0;
	if (sqlite3_bind_parameter_count(c->stmt) != n_bindings) {
		rc = fst_fail(st, FST_ERROR, "Wrong number of parameter bindings for SQL query.");
		goto failed;
	}
	if ((rc = bind_all(c, bindings, n_bindings)) != SQLITE_OK) {
		rc = fst_fail_db(st, rc);
		goto failed;
	}
	if ((rc = start(c, kind)) < 0)
		goto failed;
	*out = c;
	return rc;
failed:
	fst_cursor_close(c);
	return rc;
}
