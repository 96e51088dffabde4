//go:build linux && amd64 && cgo

/* SQL cursors for the runtime, behind numeric handles. */
#include "storage_bind.h"

#include <stdlib.h>
#include <string.h>

enum {
	/* Storage keeps at most 256 cursors alive; more slots than that, so that the
	 * statistics of a finished cursor can still be asked for a while. */
	SLOTS = 512,
	COLUMNS_MAX = 256,  /* storage allows 100 */
	BINDINGS_MAX = 256, /* storage allows 100 */
};

static struct slot {
	uint64_t id;
	fst_cursor *cursor; /* NULL: finished */
	uint64_t rows_read, rows_written;
} slots[SLOTS];
static uint64_t last_id;

static void finish(struct slot *s)
{
	if (s->cursor == NULL)
		return;
	fst_cursor_stats(s->cursor, &s->rows_read, &s->rows_written);
	fst_cursor_close(s->cursor);
	s->cursor = NULL;
}

void cursors_close(void)
{
	for (size_t i = 0; i < SLOTS; i++)
		finish(&slots[i]);
}

static struct slot *slot_new(fst_cursor *cursor)
{
	last_id++;
	struct slot *s = &slots[last_id % SLOTS];
	finish(s); /* 512 younger ones exist: storage has cancelled it */
	*s = (struct slot){ .id = last_id, .cursor = cursor };
	return s;
}

static struct slot *slot_of(JSContextRef ctx, JSValueRef v)
{
	double d = JSValueToNumber(ctx, v, NULL);
	if (!(d >= 1 && d <= (double)last_id))
		return NULL;
	struct slot *s = &slots[(uint64_t)d % SLOTS];
	return s->id == (uint64_t)d ? s : NULL;
}

static JSValueRef row_of(JSContextRef ctx, fst_cursor *c, JSValueRef *exc)
{
	JSValueRef row[COLUMNS_MAX]; /* on the stack, where the collector looks */
	int n = fst_cursor_columns(c);
	if (n > COLUMNS_MAX)
		return throw_error(ctx, exc, "Error", "too many columns");
	for (int i = 0; i < n && *exc == NULL; i++) {
		fst_value v;
		fst_cursor_value(c, i, &v);
		row[i] = value_to_js(ctx, &v, exc);
	}
	return *exc == NULL ? JSObjectMakeArray(ctx, (size_t)n, row, exc) : JSValueMakeUndefined(ctx);
}

static JSValueRef columns_of(JSContextRef ctx, fst_cursor *c, JSValueRef *exc)
{
	JSValueRef names[COLUMNS_MAX];
	int n = fst_cursor_columns(c);
	if (n > COLUMNS_MAX)
		return throw_error(ctx, exc, "Error", "too many columns");
	for (int i = 0; i < n; i++) {
		const char *name = fst_cursor_column_name(c, i);
		names[i] = make_string(ctx, name ? name : "", name ? strlen(name) : 0);
	}
	return JSObjectMakeArray(ctx, (size_t)n, names, exc);
}

/* Property names, made once: a name made anew is looked up in a table of all. */
static JSStringRef name_of(JSStringRef *slot, const char *name)
{
	if (*slot == NULL)
		*slot = JSStringCreateWithUTF8CString(name);
	return *slot;
}
static JSStringRef length_name, id_name, columns_name, row_name;

static void set(JSContextRef ctx, JSObjectRef object, JSStringRef key, JSValueRef v, JSValueRef *exc)
{
	JSObjectSetProperty(ctx, object, key, v, kJSPropertyAttributeNone, exc);
}

/* Fill `to` from the array's values. All values are fetched before any is
 * converted: a getter could otherwise detach a buffer already pointed into. */
static int bindings_of(JSContextRef ctx, JSValueRef array, JSValueRef values[BINDINGS_MAX], fst_value to[BINDINGS_MAX], JSValueRef *exc)
{
	if (!JSValueIsObject(ctx, array)) {
		throw_error(ctx, exc, "TypeError", "bindings are not an array");
		return 0;
	}
	JSValueRef length = JSObjectGetProperty(ctx, (JSObjectRef)array, name_of(&length_name, "length"), exc);
	double n = length != NULL ? JSValueToNumber(ctx, length, exc) : 0;
	if (*exc != NULL)
		return 0;
	if (!(n >= 0 && n <= BINDINGS_MAX)) {
		throw_error(ctx, exc, "Error", "Wrong number of parameter bindings for SQL query.");
		return 0;
	}
	for (int i = 0; i < (int)n; i++) {
		values[i] = JSObjectGetPropertyAtIndex(ctx, (JSObjectRef)array, (unsigned)i, exc);
		if (*exc != NULL)
			return 0;
	}
	for (int i = 0; i < (int)n; i++) {
		to[i] = (fst_value){ .type = FST_NULL };
		if (JSValueIsNumber(ctx, values[i])) {
			to[i].type = FST_REAL;
			to[i].real = JSValueToNumber(ctx, values[i], NULL);
		} else if (JSValueIsString(ctx, values[i])) {
			to[i].type = FST_TEXT;
			to[i].data = text_of(ctx, values[i], &to[i].size, exc);
		} else if (!JSValueIsNull(ctx, values[i]) && !JSValueIsUndefined(ctx, values[i])) {
			uint8_t *p = NULL;
			to[i].type = FST_BLOB;
			bytes_of(ctx, values[i], &p, &to[i].size, exc);
			to[i].data = p != NULL ? p : (uint8_t *)"";
		}
		if (*exc != NULL)
			return i; /* [i].data is not ours to free: NULL or a literal */
	}
	return (int)n;
}

static NATIVE(native_sql_exec)
{
	NEED(2);
	NEED_STORE();
	size_t n;
	char *sql = text_of(ctx, argv[0], &n, exc);
	if (sql == NULL)
		return JSValueMakeUndefined(ctx);
	JSValueRef values[BINDINGS_MAX];
	fst_value bindings[BINDINGS_MAX];
	int count = bindings_of(ctx, argv[1], values, bindings, exc);
	fst_cursor *cursor = NULL;
	int rc = FST_ERROR;
	if (*exc == NULL && (rc = fst_sql_exec(store, sql, n, bindings, count, &cursor)) < 0)
		throw_storage(ctx, exc);
	for (int i = 0; i < count; i++)
		if (bindings[i].type == FST_TEXT)
			free((void *)bindings[i].data);
	free(sql);
	if (*exc != NULL)
		return JSValueMakeUndefined(ctx);
	struct slot *s = slot_new(cursor);
	JSObjectRef result = JSObjectMake(ctx, NULL, NULL);
	set(ctx, result, name_of(&id_name, "id"), JSValueMakeNumber(ctx, (double)s->id), exc);
	set(ctx, result, name_of(&columns_name, "columns"), columns_of(ctx, cursor, exc), exc);
	set(ctx, result, name_of(&row_name, "row"), rc == FST_ROW ? row_of(ctx, cursor, exc) : JSValueMakeUndefined(ctx), exc);
	if (rc != FST_ROW || *exc != NULL)
		finish(s);
	return result;
}

static NATIVE(native_sql_next)
{
	NEED(1);
	NEED_STORE();
	struct slot *s = slot_of(ctx, argv[0]);
	if (s == NULL || s->cursor == NULL)
		return JSValueMakeUndefined(ctx);
	int rc = fst_cursor_next(s->cursor);
	if (rc == FST_ROW)
		return row_of(ctx, s->cursor, exc);
	if (rc < 0)
		throw_storage(ctx, exc);
	finish(s);
	return JSValueMakeUndefined(ctx);
}

static NATIVE(native_sql_close)
{
	NEED(1);
	struct slot *s = slot_of(ctx, argv[0]);
	if (s != NULL && store != NULL)
		finish(s);
	return JSValueMakeUndefined(ctx);
}

static NATIVE(native_sql_stats)
{
	NEED(1);
	struct slot *s = slot_of(ctx, argv[0]);
	if (s != NULL && s->cursor != NULL)
		fst_cursor_stats(s->cursor, &s->rows_read, &s->rows_written);
	JSValueRef pair[2] = {
		JSValueMakeNumber(ctx, s ? (double)s->rows_read : 0),
		JSValueMakeNumber(ctx, s ? (double)s->rows_written : 0),
	};
	return JSObjectMakeArray(ctx, 2, pair, exc);
}

const native_entry sql_natives[] = {
	{ "sqlExec", native_sql_exec },
	{ "sqlNext", native_sql_next },
	{ "sqlClose", native_sql_close },
	{ "sqlStats", native_sql_stats },
	{ NULL, NULL },
};
