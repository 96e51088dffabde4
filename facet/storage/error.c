/* Error texts in the peer's form (fact S14). */
#include "internal.h"

#include <stdio.h>
#include <string.h>

static const char *const primary[] = {
	"SQLITE_OK", "SQLITE_ERROR", "SQLITE_INTERNAL", "SQLITE_PERM", "SQLITE_ABORT", "SQLITE_BUSY", "SQLITE_LOCKED",
	"SQLITE_NOMEM", "SQLITE_READONLY", "SQLITE_INTERRUPT", "SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_NOTFOUND",
	"SQLITE_FULL", "SQLITE_CANTOPEN", "SQLITE_PROTOCOL", "SQLITE_EMPTY", "SQLITE_SCHEMA", "SQLITE_TOOBIG",
	"SQLITE_CONSTRAINT", "SQLITE_MISMATCH", "SQLITE_MISUSE", "SQLITE_NOLFS", "SQLITE_AUTH", "SQLITE_FORMAT",
	"SQLITE_RANGE", "SQLITE_NOTADB",
};

#define NAMED(code) {code, #code}
/* The extended codes an application can meet; others are shown by number. */
static const struct {
	int code;
	const char *name;
} extended[] = {
	NAMED(SQLITE_CONSTRAINT_CHECK), NAMED(SQLITE_CONSTRAINT_COMMITHOOK), NAMED(SQLITE_CONSTRAINT_DATATYPE),
	NAMED(SQLITE_CONSTRAINT_FOREIGNKEY), NAMED(SQLITE_CONSTRAINT_FUNCTION), NAMED(SQLITE_CONSTRAINT_NOTNULL),
	NAMED(SQLITE_CONSTRAINT_PINNED), NAMED(SQLITE_CONSTRAINT_PRIMARYKEY), NAMED(SQLITE_CONSTRAINT_ROWID),
	NAMED(SQLITE_CONSTRAINT_TRIGGER), NAMED(SQLITE_CONSTRAINT_UNIQUE), NAMED(SQLITE_CONSTRAINT_VTAB),
	NAMED(SQLITE_ABORT_ROLLBACK), NAMED(SQLITE_CORRUPT_VTAB), NAMED(SQLITE_CORRUPT_INDEX),
	NAMED(SQLITE_CORRUPT_SEQUENCE), NAMED(SQLITE_ERROR_MISSING_COLLSEQ), NAMED(SQLITE_IOERR_READ),
	NAMED(SQLITE_IOERR_SHORT_READ), NAMED(SQLITE_IOERR_WRITE), NAMED(SQLITE_IOERR_FSYNC),
	NAMED(SQLITE_IOERR_TRUNCATE), NAMED(SQLITE_IOERR_FSTAT), NAMED(SQLITE_IOERR_NOMEM),
	NAMED(SQLITE_LOCKED_VTAB), NAMED(SQLITE_LOCKED_SHAREDCACHE), NAMED(SQLITE_BUSY_SNAPSHOT),
};
#undef NAMED

/* Cut at a character boundary what did not fit. */
static void trim_utf8(char *text)
{
	size_t n = strlen(text), i = n;

	while (i > 0 && n - i < 4 && ((unsigned char)text[i - 1] & 0xc0) == 0x80)
		i--;
	if (i > 0 && (unsigned char)text[i - 1] >= 0xc0) {
		unsigned char lead = (unsigned char)text[i - 1];
		size_t want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
		if (n - (i - 1) < want)
			text[i - 1] = '\0';
	}
}

void fst_format_error(sqlite3 *db, int rc, char *out, size_t size)
{
	enum { SUFFIX = 160 };
	char suffix[SUFFIX] = "", number[32];
	int code = rc & 0xff, offset = sqlite3_extended_errcode(db) == rc ? sqlite3_error_offset(db) : -1;
	const char *name = code < (int)(sizeof primary / sizeof *primary) ? primary[code] : "SQLITE_ERROR";
	size_t at = 0;

	if (offset >= 0)
		at += (size_t)snprintf(suffix, SUFFIX, " at offset %d", offset);
	at += (size_t)snprintf(suffix + at, SUFFIX - at, ": %s", name);
	if (rc != code) {
		const char *long_name = NULL;
		for (size_t i = 0; i < sizeof extended / sizeof *extended; i++)
			if (extended[i].code == rc)
				long_name = extended[i].name;
		snprintf(number, sizeof number, "%d", rc);
		snprintf(suffix + at, SUFFIX - at, " (extended: %s)", long_name != NULL ? long_name : number);
	}
	snprintf(out, size - SUFFIX, "%s", sqlite3_extended_errcode(db) == rc ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
	trim_utf8(out);
	strcat(out, suffix);
}

int fst_fail(fst_store *st, int code, const char *text)
{
	st->errcode = 0;
	snprintf(st->errmsg, sizeof st->errmsg, "%s", text);
	return code;
}

int fst_fail_db(fst_store *st, int rc)
{
	if (st->kind & FST_STMT_TRANSACTION && (rc & 0xff) == SQLITE_AUTH) {
		st->errcode = rc;
		return fst_fail(st, FST_ERROR,
				"To run a transaction, use ctx.storage.transaction() or ctx.storage.transactionSync() instead of the "
				"SQL statements BEGIN, COMMIT, ROLLBACK, SAVEPOINT and RELEASE: SQLITE_AUTH");
	}
	fst_format_error(st->db, rc, st->errmsg, sizeof st->errmsg);
	st->errcode = rc;
	if (atomic_load(&st->files.failed)) {
		fst_sync_failed(st, "a write could not be made durable");
		return FST_BROKEN;
	}
	return FST_ERROR;
}

const char *fst_errmsg(const fst_store *st)
{
	return st->errmsg;
}

int fst_errcode(const fst_store *st)
{
	return st->errcode;
}
