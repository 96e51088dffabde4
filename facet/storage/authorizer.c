/* Asked by SQLite for everything a statement wants to do, while it compiles. */
#include "internal.h"

static int reserved(const char *name)
{
	return name != NULL && sqlite3_strnicmp(name, "_cf_", 4) == 0;
}

static int module_allowed(const char *module)
{
	static const char *const modules[] = {"fts5", "fts5vocab", "rtree", "rtree_i32"};

	for (size_t i = 0; i < sizeof modules / sizeof *modules; i++)
		if (sqlite3_stricmp(module, modules[i]) == 0)
			return 1;
	return 0;
}

static int decide(fst_store *st, int action, const char *a, const char *b)
{
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_RECURSIVE:
	case SQLITE_ANALYZE: /* writes sqlite_stat1, shows sizes at most */
	case SQLITE_REINDEX:
		return 1;
	case SQLITE_READ:
	case SQLITE_INSERT:
	case SQLITE_UPDATE:
	case SQLITE_DELETE:
	case SQLITE_CREATE_TABLE:
	case SQLITE_CREATE_VIEW:
	case SQLITE_DROP_TABLE:
	case SQLITE_DROP_VIEW:
	case SQLITE_DROP_VTABLE:
		return !reserved(a);
	case SQLITE_CREATE_INDEX:
	case SQLITE_CREATE_TRIGGER:
	case SQLITE_DROP_INDEX:
	case SQLITE_DROP_TRIGGER:
		return !reserved(a) && !reserved(b);
	case SQLITE_CREATE_VTABLE:
		return !reserved(a) && module_allowed(b);
	case SQLITE_ALTER_TABLE: /* a is the database, the new name is not told */
		st->kind |= FST_STMT_ALTER;
		return sqlite3_stricmp(a, "main") == 0 && !reserved(b);
	case SQLITE_FUNCTION:
		return fst_function_allowed(b);
	case SQLITE_PRAGMA:
		if (b != NULL && sqlite3_stricmp(a, "defer_foreign_keys") == 0)
			st->kind |= FST_STMT_DEFER_FK;
		return fst_pragma_allowed(a, b);
	case SQLITE_TRANSACTION:
	case SQLITE_SAVEPOINT:
		st->kind |= FST_STMT_TRANSACTION;
		return 0;
	default: /* ATTACH, DETACH, everything TEMP, what a later SQLite adds */
		return 0;
	}
}

int fst_authorize(void *arg, int action, const char *a, const char *b, const char *db, const char *trigger)
{
	fst_store *st = arg;

	(void)trigger;
	if (st->trusted)
		return SQLITE_OK;
	/* For ALTER TABLE this argument is a column's name. */
	if (action != SQLITE_ALTER_TABLE && db != NULL && sqlite3_stricmp(db, "main") != 0) {
		/* ALTER TABLE looks through the (empty) temporary schema. */
		if (sqlite3_stricmp(db, "temp") != 0 || (action != SQLITE_READ && action != SQLITE_UPDATE))
			return SQLITE_DENY;
	}
	return decide(st, action, a, b) ? SQLITE_OK : SQLITE_DENY;
}
