/*
 * Built-in functions whose cost is a product of the sizes of their arguments,
 * inside one virtual machine step that nothing can interrupt: instr took 36 s at
 * 2 MiB. instr and replace are done again in linear time; the others are run
 * only when the product is small.
 */
#define _GNU_SOURCE
#include "internal.h"

#include <string.h>

enum { PRODUCT_MAX = 1 << 26 }; /* bytes * bytes; below 0.1 s */

static sqlite3_int64 find(const unsigned char *hay, int hay_size, const unsigned char *needle, int size, int text)
{
	const unsigned char *at = hay, *end = hay + hay_size;

	/* In text a match starts where a character does, or at the very start. */
	if (text && (needle[0] & 0xc0) == 0x80)
		return hay_size >= size && memcmp(hay, needle, (size_t)size) == 0 ? 1 : 0;
	at = memmem(hay, (size_t)hay_size, needle, (size_t)size);
	if (at == NULL || at >= end)
		return 0;
	if (!text)
		return at - hay + 1;
	sqlite3_int64 n = 1;
	for (const unsigned char *p = hay; p < at;) {
		n++;
		do
			p++;
		while (p < at && (*p & 0xc0) == 0x80);
	}
	return n;
}

static void instr_func(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	int hay_type = sqlite3_value_type(argv[0]), needle_type = sqlite3_value_type(argv[1]);
	int blobs = (hay_type == SQLITE_BLOB) + (needle_type == SQLITE_BLOB);
	sqlite3_value *hay = argv[0], *needle = argv[1];

	(void)argc;
	if (hay_type == SQLITE_NULL || needle_type == SQLITE_NULL)
		return;
	if (blobs == 1) { /* reading a BLOB as text would change the argument */
		hay = sqlite3_value_dup(hay);
		needle = sqlite3_value_dup(needle);
	}
	const unsigned char *h = NULL, *n = NULL;
	if (hay != NULL && needle != NULL) {
		h = blobs == 2 ? sqlite3_value_blob(hay) : sqlite3_value_text(hay);
		n = blobs == 2 ? sqlite3_value_blob(needle) : sqlite3_value_text(needle);
	}
	int h_size = sqlite3_value_bytes(hay), n_size = sqlite3_value_bytes(needle);
	if (hay == NULL || needle == NULL || (h == NULL && h_size > 0) || (n == NULL && n_size > 0))
		sqlite3_result_error_nomem(ctx);
	else
		sqlite3_result_int64(ctx, n_size == 0 ? 1 : h_size == 0 ? 0 : find(h, h_size, n, n_size, blobs != 2));
	if (blobs == 1) {
		sqlite3_value_free(hay);
		sqlite3_value_free(needle);
	}
}

static void replace_func(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	const char *text = (const char *)sqlite3_value_text(argv[0]);
	const char *what = text == NULL ? NULL : (const char *)sqlite3_value_text(argv[1]);
	const char *with, *at, *end, *hit;
	sqlite3_int64 hits = 0, size;
	char *out, *to;

	(void)argc;
	if (what == NULL)
		return;
	size_t text_size = (size_t)sqlite3_value_bytes(argv[0]), what_size = (size_t)sqlite3_value_bytes(argv[1]);
	if (what[0] == '\0') {
		sqlite3_result_text(ctx, text, (int)text_size, SQLITE_TRANSIENT);
		return;
	}
	with = (const char *)sqlite3_value_text(argv[2]);
	if (with == NULL)
		return;
	size_t with_size = (size_t)sqlite3_value_bytes(argv[2]);
	end = text + text_size;
	for (at = text; (hit = memmem(at, (size_t)(end - at), what, what_size)) != NULL; at = hit + what_size)
		hits++;
	size = (sqlite3_int64)text_size + hits * ((sqlite3_int64)with_size - (sqlite3_int64)what_size);
	if (size > FST_LENGTH_MAX) {
		sqlite3_result_error_toobig(ctx);
		return;
	}
	out = to = sqlite3_malloc64((sqlite3_uint64)size + 1);
	if (out == NULL) {
		sqlite3_result_error_nomem(ctx);
		return;
	}
	for (at = text; (hit = memmem(at, (size_t)(end - at), what, what_size)) != NULL; at = hit + what_size) {
		memcpy(to, at, (size_t)(hit - at));
		to += hit - at;
		memcpy(to, with, with_size);
		to += with_size;
	}
	memcpy(to, at, (size_t)(end - at));
	out[size] = '\0';
	sqlite3_result_text64(ctx, out, (sqlite3_uint64)size, sqlite3_free, SQLITE_UTF8);
}

/* Run by the original in the helper database, which has no overrides. */
static const struct {
	const char *name, *sql;
	int json;
} bounded[] = {
	{"trim", "SELECT trim(?1, ?2)", 0},
	{"ltrim", "SELECT ltrim(?1, ?2)", 0},
	{"rtrim", "SELECT rtrim(?1, ?2)", 0},
	{"unhex", "SELECT unhex(?1, ?2)", 0},
	{"json_patch", "SELECT json_patch(?1, ?2)", 1},
	{"jsonb_patch", "SELECT jsonb_patch(?1, ?2)", 0},
};

struct bounded_use {
	fst_store *st;
	int index;
};

static void bounded_func(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	const struct bounded_use *use = sqlite3_user_data(ctx);
	sqlite3_stmt *stmt = use->st->helper_stmt[use->index];
	int rc;

	(void)argc;
	if ((sqlite3_int64)sqlite3_value_bytes(argv[0]) * sqlite3_value_bytes(argv[1]) > PRODUCT_MAX) {
		sqlite3_result_error(ctx, "arguments are too large together; split them", -1);
		return;
	}
	if ((rc = sqlite3_bind_value(stmt, 1, argv[0])) == SQLITE_OK)
		rc = sqlite3_bind_value(stmt, 2, argv[1]);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		sqlite3_result_value(ctx, sqlite3_column_value(stmt, 0));
		if (bounded[use->index].json && sqlite3_column_type(stmt, 0) == SQLITE_TEXT)
			sqlite3_result_subtype(ctx, 'J'); /* as SQLite's JSON functions do */
	} else {
		sqlite3_result_error(ctx, sqlite3_errmsg(use->st->helper), -1);
	}
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
}

int fst_functions_add(fst_store *st)
{
	int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, rc;

	rc = sqlite3_create_function_v2(st->db, "instr", 2, flags, NULL, instr_func, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_create_function_v2(st->db, "replace", 3, flags, NULL, replace_func, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_open_v2(":memory:", &st->helper, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	for (int i = 0; rc == SQLITE_OK && i < (int)(sizeof bounded / sizeof *bounded); i++) {
		struct bounded_use *use = sqlite3_malloc64(sizeof *use);
		if (use == NULL)
			return SQLITE_NOMEM;
		use->st = st;
		use->index = i;
		rc = sqlite3_prepare_v3(st->helper, bounded[i].sql, -1, SQLITE_PREPARE_PERSISTENT, &st->helper_stmt[i], NULL);
		if (rc != SQLITE_OK)
			sqlite3_free(use);
		else
			rc = sqlite3_create_function_v2(st->db, bounded[i].name, 2, flags | SQLITE_RESULT_SUBTYPE,
							use, bounded_func, NULL, NULL, sqlite3_free);
	}
	if (rc == SQLITE_OK)
		sqlite3_limit(st->helper, SQLITE_LIMIT_LENGTH, FST_LENGTH_MAX);
	return rc;
}

void fst_functions_remove(fst_store *st)
{
	for (size_t i = 0; i < sizeof st->helper_stmt / sizeof *st->helper_stmt; i++)
		sqlite3_finalize(st->helper_stmt[i]);
	sqlite3_close_v2(st->helper);
}
