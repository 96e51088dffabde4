/* Cursors: the rows of a running statement, or of one that had to be ended. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

void fst_column(sqlite3_stmt *stmt, int i, fst_value *out)
{
	memset(out, 0, sizeof *out);
	switch (sqlite3_column_type(stmt, i)) {
	case SQLITE_INTEGER:
		out->type = FST_INTEGER;
		out->integer = sqlite3_column_int64(stmt, i);
		out->real = (double)out->integer;
		return;
	case SQLITE_FLOAT:
		out->type = FST_REAL;
		out->real = sqlite3_column_double(stmt, i);
		return;
	case SQLITE_TEXT:
		out->type = FST_TEXT;
		out->data = sqlite3_column_text(stmt, i);
		break;
	case SQLITE_BLOB:
		out->type = FST_BLOB;
		out->data = sqlite3_column_blob(stmt, i);
		break;
	default:
		out->type = FST_NULL;
		return;
	}
	out->size = (size_t)sqlite3_column_bytes(stmt, i);
	if (out->data == NULL)
		out->data = "";
}

/* Give the statement back; the cursor keeps what was buffered. */
static void release(fst_cursor *c)
{
	if (c->stmt == NULL)
		return;
	sqlite3_reset(c->stmt);
	if (c->entry != NULL) {
		sqlite3_clear_bindings(c->stmt);
		c->entry->busy = 0;
	} else {
		sqlite3_finalize(c->stmt);
	}
	c->stmt = NULL;
	c->entry = NULL;
	c->live = 0;
}

static void pop_row(fst_cursor *c)
{
	fst_row *row = c->first;

	free(c->row);
	c->row = row;
	if (row == NULL)
		return;
	c->first = row->next;
	if (c->first == NULL)
		c->last = NULL;
	c->st->buffered -= row->size;
}

static void drop_rows(fst_cursor *c)
{
	while (c->first != NULL)
		pop_row(c);
	free(c->row);
	c->row = NULL;
}

static void list_remove(fst_cursor_list *list, fst_cursor *c)
{
	*(c->newer != NULL ? &c->newer->older : &list->newest) = c->older;
	*(c->older != NULL ? &c->older->newer : &list->oldest) = c->newer;
	c->newer = c->older = NULL;
	list->count--;
}

static void list_add(fst_cursor_list *list, fst_cursor *c)
{
	c->older = list->newest;
	*(list->newest != NULL ? &list->newest->newer : &list->oldest) = c;
	list->newest = c;
	list->count++;
}

/* A cancelled cursor costs nothing but its memory until it is closed: the list
 * that every turn walks does not have it any more. */
static void cancel(fst_cursor *c, const char *why)
{
	c->cancelled = why;
	drop_rows(c);
	release(c);
	list_remove(&c->st->open, c);
	list_add(&c->st->cancelled, c);
}

fst_cursor *fst_cursor_new(fst_store *st)
{
	fst_cursor *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	if (st->open.count >= FST_CURSORS_MAX)
		cancel(st->open.oldest, "SQLite query was canceled because too many cursors are open; read each one to its end.");
	c->st = st;
	list_add(&st->open, c);
	return c;
}

void fst_cursor_close(fst_cursor *c)
{
	if (c == NULL)
		return;
	list_remove(c->cancelled != NULL ? &c->st->cancelled : &c->st->open, c);
	drop_rows(c);
	release(c);
	free(c);
}

/* One step of the application's statement; counts, and resets it at the end. */
int fst_cursor_step(fst_cursor *c)
{
	fst_store *st = c->st;
	int64_t before = sqlite3_total_changes64(st->db);
	int rc, result;

	st->kind = 0;
	c->live = 1;
	rc = sqlite3_step(c->stmt);
	c->written += (uint64_t)(sqlite3_total_changes64(st->db) - before);
	c->scanned = (uint64_t)sqlite3_stmt_status(c->stmt, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0);
	if (rc == SQLITE_ROW) {
		c->returned++;
		return FST_ROW;
	}
	result = rc == SQLITE_DONE ? FST_DONE : fst_fail_db(st, rc);
	sqlite3_reset(c->stmt);
	c->live = 0;
	return result;
}

static fst_row *copy_row(sqlite3_stmt *stmt, int columns)
{
	size_t size = sizeof(fst_row) + (size_t)columns * sizeof(fst_value);
	fst_value v;
	fst_row *row;
	char *data;

	for (int i = 0; i < columns; i++) {
		fst_column(stmt, i, &v);
		size += v.size;
	}
	row = malloc(size);
	if (row == NULL)
		return NULL;
	row->next = NULL;
	row->size = size;
	data = (char *)&row->value[columns];
	for (int i = 0; i < columns; i++) {
		fst_column(stmt, i, &row->value[i]);
		if (row->value[i].data == NULL)
			continue;
		memcpy(data, row->value[i].data, row->value[i].size);
		row->value[i].data = data;
		data += row->value[i].size;
	}
	return row;
}

static void buffer_rest(fst_cursor *c)
{
	fst_store *st = c->st;
	int rc;

	while ((rc = fst_cursor_step(c)) == FST_ROW) {
		fst_row *row = copy_row(c->stmt, c->columns);
		if (row != NULL)
			st->buffered += row->size;
		if (row == NULL || st->buffered > FST_BUFFER_MAX) {
			if (row != NULL)
				st->buffered -= row->size;
			free(row);
			cancel(c, "SQLite query was canceled because its unread rows are too many to keep; read them before the next await.");
			return;
		}
		*(c->last != NULL ? &c->last->next : &c->first) = row;
		c->last = row;
	}
	if (rc != FST_DONE) {
		cancel(c, "SQLite query was canceled because reading its remaining rows failed.");
		return;
	}
	c->buffered = 1;
}

void fst_cursors_settle(fst_store *st, int all)
{
	for (fst_cursor *c = st->open.oldest, *newer; c != NULL; c = newer) {
		newer = c->newer;
		if (c->live && (all || !sqlite3_stmt_readonly(c->stmt)))
			buffer_rest(c);
	}
}

void fst_cursors_cancel(fst_store *st, const char *why)
{
	while (st->open.oldest != NULL)
		cancel(st->open.oldest, why);
}

void fst_cursors_free(fst_store *st)
{
	while (st->open.oldest != NULL)
		fst_cursor_close(st->open.oldest);
	while (st->cancelled.oldest != NULL)
		fst_cursor_close(st->cancelled.oldest);
}

int fst_cursor_next(fst_cursor *c)
{
	int rc = fst_enter(c->st);

	if (rc != FST_OK)
		return rc;
	if (c->cancelled != NULL)
		return fst_fail(c->st, FST_ERROR, c->cancelled);
	if (c->buffered) {
		pop_row(c);
		return c->row != NULL ? FST_ROW : FST_DONE;
	}
	return c->live ? fst_cursor_step(c) : FST_DONE;
}

int fst_cursor_columns(const fst_cursor *c)
{
	return c->columns;
}

const char *fst_cursor_column_name(const fst_cursor *c, int i)
{
	const char *name = c->stmt != NULL ? sqlite3_column_name(c->stmt, i) : NULL;

	return name != NULL ? name : "";
}

void fst_cursor_value(const fst_cursor *c, int i, fst_value *out)
{
	memset(out, 0, sizeof *out);
	if (i < 0 || i >= c->columns)
		return;
	if (c->row != NULL)
		*out = c->row->value[i];
	else if (c->live)
		fst_column(c->stmt, i, out);
}

void fst_cursor_stats(const fst_cursor *c, uint64_t *rows_read, uint64_t *rows_written)
{
	/* A scan of n rows steps n - 1 times. */
	uint64_t scanned = c->scanned > 0 ? c->scanned + 1 : 0;

	*rows_read = scanned > c->returned ? scanned : c->returned;
	*rows_written = c->written;
}
