/* What the connection is told before the first statement of the application. */
#include "internal.h"

static int progress(void *arg)
{
	fst_store *st = arg;

	/* Our own statements are short, and half a COMMIT helps nobody. */
	return !st->trusted && st->hooks.should_abort(st->hooks.arg);
}

int fst_harden(fst_store *st)
{
	static const struct {
		int option, value;
	} config[] = {
		{SQLITE_DBCONFIG_DEFENSIVE, 1},
		{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
		{SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0},
		{SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
		{SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
		{SQLITE_DBCONFIG_ENABLE_ATTACH_CREATE, 0},
		{SQLITE_DBCONFIG_ENABLE_ATTACH_WRITE, 0},
		{SQLITE_DBCONFIG_ENABLE_FKEY, 1}, /* fact S30, with the next two */
		{SQLITE_DBCONFIG_DQS_DML, 1},
		{SQLITE_DBCONFIG_DQS_DDL, 1},
		{SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1}, /* fst_close does it */
	};
	/* Fact S29, but for the length: 2 MiB is what production documents, and
	 * with the functions of functions.c what a step can chew in time. */
	static const struct {
		int limit, value;
	} limits[] = {
		{SQLITE_LIMIT_LENGTH, FST_LENGTH_MAX},
		{SQLITE_LIMIT_SQL_LENGTH, 100000},
		{SQLITE_LIMIT_COLUMN, 100},
		{SQLITE_LIMIT_EXPR_DEPTH, 100},
		{SQLITE_LIMIT_COMPOUND_SELECT, 5},
		{SQLITE_LIMIT_VDBE_OP, 25000},
		{SQLITE_LIMIT_FUNCTION_ARG, 127},
		{SQLITE_LIMIT_ATTACHED, 0},
		{SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50},
		{SQLITE_LIMIT_VARIABLE_NUMBER, 100},
		{SQLITE_LIMIT_TRIGGER_DEPTH, 10},
		{SQLITE_LIMIT_WORKER_THREADS, 0},
	};
	int rc = SQLITE_OK, now;

	for (size_t i = 0; rc == SQLITE_OK && i < sizeof config / sizeof *config; i++) {
		rc = sqlite3_db_config(st->db, config[i].option, config[i].value, &now);
		if (rc == SQLITE_OK && now != config[i].value)
			rc = SQLITE_ERROR;
	}
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		sqlite3_limit(st->db, limits[i].limit, limits[i].value);
	if (rc == SQLITE_OK)
		rc = fst_functions_add(st);
	if (rc == SQLITE_OK)
		rc = sqlite3_set_authorizer(st->db, fst_authorize, st);
	if (st->hooks.should_abort != NULL)
		sqlite3_progress_handler(st->db, FST_PROGRESS_STEPS, progress, st);
	return rc;
}
