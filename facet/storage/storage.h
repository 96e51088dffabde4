/*
 * Storage of one facet: a SQLite database and its write-ahead log (WAL) behind
 * two open descriptors. Plain C, Linux on amd64 only.
 *
 * Threads. All calls for one store come from one thread, except those marked
 * "any thread". Callbacks in fst_hooks say where they run.
 *
 * Life of a write. The first write of a turn opens an implicit transaction;
 * fst_turn_end commits it, which only appends to the WAL, and returns a
 * sequence number. A second thread runs fdatasync(2) and then calls on_synced.
 * Whoever answers a caller waits until the sequence its turn returned, for
 * reads as well as for writes, is synced (the output gate).
 *
 * Results. Every int function returns one of the FST_ codes below unless it
 * says otherwise; after a negative code fst_errmsg has the text, in the form of
 * the catalogue (S14): SQLite's message, " at offset N", ": SQLITE_xxx".
 *
 * Pointers handed out (values, names, messages) belong to the store and live
 * until the next call for that store.
 */
#ifndef FACETD_STORAGE_H
#define FACETD_STORAGE_H

#include <stddef.h>
#include <stdint.h>

typedef struct fst_store fst_store;
typedef struct fst_cursor fst_cursor;

enum {
	FST_OK = 0,
	FST_ROW = 1,    /* there is a row or a value */
	FST_DONE = 2,   /* there is none (any more) */
	FST_ERROR = -1, /* this call failed; throw fst_errmsg to the application */
	FST_LOST = -2,  /* the transaction of the turn was rolled back by SQLite */
	FST_BROKEN = -3 /* nothing more can be promised: the instance must end */
};

enum { FST_NULL = 0, FST_REAL = 1, FST_INTEGER = 2, FST_TEXT = 3, FST_BLOB = 4 };

/* A SQL value. TEXT is UTF-8, not NUL-terminated, and may contain NULs. */
typedef struct fst_value {
	int type;
	double real;     /* FST_REAL; also filled for FST_INTEGER (fact S8) */
	int64_t integer; /* FST_INTEGER */
	const void *data; /* FST_TEXT, FST_BLOB; not NULL even where size is 0 */
	size_t size;     /* bytes */
} fst_value;

typedef struct fst_limits {
	/* Pages of 4096 bytes the database may have; a write beyond is
	 * SQLITE_FULL. 0: 262144 (1 GiB). */
	uint32_t max_pages;
	/* Bytes SQLite may allocate, in the whole process; beyond: SQLITE_NOMEM.
	 * 0: 64 MiB. */
	uint64_t heap_bytes;
	/* Frames the WAL may have; the file never exceeds 32 + 4120 * wal_frames
	 * bytes, a single transaction that wants more is SQLITE_FULL. At least
	 * 8192. 0: 32768 (129 MiB). */
	uint32_t wal_frames;
} fst_limits;

typedef struct fst_hooks {
	void *arg;
	/* Everything committed up to seq is on disk. On the sync thread; must not
	 * call back into the store except for "any thread" functions. */
	void (*on_synced)(void *arg, uint64_t seq);
	/* A sync failed: end the instance without answering. Called once, on the
	 * sync thread or on the calling thread. */
	void (*on_failed)(void *arg, const char *why);
	/* Asked every 100 virtual machine steps of application SQL; not 0 stops
	 * the statement (SQLITE_INTERRUPT). On the calling thread. */
	int (*should_abort)(void *arg);
} fst_hooks;

enum { FST_ERRMSG_MAX = 2048 };

/* Initialise SQLite and the descriptor VFS, which becomes the only one of the
 * process. Idempotent; fst_open calls it. Call it before a seccomp seal. Returns
 * FST_OK or FST_ERROR. Any thread. */
int fst_init(void);

/* Open the store behind two descriptors, both open for reading and writing: a
 * database made from the template and its WAL (may be empty). On success the
 * store owns the descriptors and starts its sync thread; on failure the caller
 * keeps them and err holds the reason. hooks is copied and may have NULLs. No
 * other process may fsync(2) the same open file description meanwhile: it would
 * swallow a write error. */
int fst_open(int db_fd, int wal_fd, const fst_limits *limits, const fst_hooks *hooks, fst_store **out,
             char err[FST_ERRMSG_MAX]);

/* Roll back what is uncommitted, sync what is committed, checkpoint unless
 * checkpoints are held, close both descriptors, free the store. FST_BROKEN when
 * something committed may not be on disk. No other call may run beside it or
 * come after it. */
int fst_close(fst_store *st);

const char *fst_errmsg(const fst_store *st);
/* SQLite's extended result code of the last failure; 0: not SQLite's. */
int fst_errcode(const fst_store *st);

/* ---- turns and transactions ---- */

/* Commit the turn. *seq (may be NULL) is what the turn's output must wait for.
 * FST_LOST: SQLite had rolled the transaction back (full, I/O, memory,
 * interrupt, ON CONFLICT ROLLBACK): the turn's writes are gone as a whole.
 * FST_BROKEN: the commit failed, for instance on a deferred foreign key. After
 * either the instance must restart. While the transaction is held (below)
 * nothing is committed and *seq is the number its commit will have. */
int fst_turn_end(fst_store *st, uint64_t *seq);
/* Throw away what the turn wrote; clears a lost transaction, ends a hold. */
void fst_turn_rollback(fst_store *st);
/* Whether the transaction of this turn is lost (see FST_LOST). */
int fst_lost(const fst_store *st);

/* Open a savepoint (and the implicit transaction). Returns its depth, from 1. */
int fst_savepoint(fst_store *st);
/* Keep what was done since savepoint depth; it and deeper ones are over. */
int fst_release(fst_store *st, int depth);
/* Undo what was done since savepoint depth; it and deeper ones are over, no
 * fst_release must follow. */
int fst_rollback_to(fst_store *st, int depth);
/* Keep the transaction open across fst_turn_end (storage.transaction); off: the
 * next fst_turn_end commits. */
int fst_hold_transaction(fst_store *st, int on);

/* ---- durability ---- */

uint64_t fst_committed(const fst_store *st); /* any thread */
uint64_t fst_synced(const fst_store *st);    /* any thread */
/* Wait until seq is synced, at most timeout_ms milliseconds (negative: for
 * ever). FST_OK, FST_DONE on timeout, FST_BROKEN after a failure. Any thread. */
int fst_wait_synced(fst_store *st, uint64_t seq, int timeout_ms);
/* Stop checkpoints (on) so that database and WAL may be copied, in this order;
 * returns when none runs. Holds nest. Any thread. */
void fst_hold_checkpoints(fst_store *st, int on);
/* Housekeeping when there is nothing else to do: checkpoint from 500 frames on,
 * give free pages back to the file system. FST_OK or FST_BROKEN. */
int fst_idle(fst_store *st);
/* Frames in the WAL that are not known to be in the database. */
uint32_t fst_wal_frames(const fst_store *st);

/* ---- key-value table; keys are UTF-8 and may contain NULs ---- */

/* FST_ROW and *value (TEXT or BLOB as it was put), or FST_DONE. */
int fst_kv_get(fst_store *st, const char *key, size_t key_size, fst_value *value);
int fst_kv_put(fst_store *st, const char *key, size_t key_size, const fst_value *value);
/* FST_ROW when the key was there, FST_DONE when not. */
int fst_kv_delete(fst_store *st, const char *key, size_t key_size);

enum { FST_REVERSE = 1, FST_FROM_INCLUSIVE = 2 };
/* The next pair in UTF-8 byte order, live (fact K13): the smallest key > from
 * (>= with FST_FROM_INCLUSIVE) and < end; with FST_REVERSE the largest key
 * < from (<= with FST_FROM_INCLUSIVE) and >= end. A NULL bound is open. FST_ROW
 * with *key (TEXT) and *value, or FST_DONE. */
int fst_kv_next(fst_store *st, const char *from, size_t from_size, const char *end, size_t end_size, int flags,
                fst_value *key, fst_value *value);

/* ---- the object's alarm ---- */

enum { FST_NO_ALARM = -1 };
/* FST_ROW and *ms, milliseconds since the epoch, or FST_DONE and FST_NO_ALARM. */
int fst_alarm_get(fst_store *st, int64_t *ms);
/* Set it, or with FST_NO_ALARM take it away; part of the turn's transaction. */
int fst_alarm_set(fst_store *st, int64_t ms);
/* Whether a commit since the last time this was asked may have changed it. 0
 * while a transaction is open. */
int fst_alarm_changed(fst_store *st);
/* Make fst_alarm_changed say so. */
void fst_alarm_touch(fst_store *st);

/* ---- SQL ---- */

/* Run all statements of sql but the last, then start the last one with bindings
 * and step it once. FST_ROW: the first row can be read; FST_DONE: there is no
 * row. In both cases *out is a cursor that fst_cursor_close frees; at most 256
 * are alive, the oldest is cancelled beyond. */
int fst_sql_exec(fst_store *st, const char *sql, size_t sql_size, const fst_value *bindings, int n_bindings,
                 fst_cursor **out);
/* Step on: FST_ROW, FST_DONE, or FST_ERROR (also for a cancelled cursor). */
int fst_cursor_next(fst_cursor *c);
int fst_cursor_columns(const fst_cursor *c);
const char *fst_cursor_column_name(const fst_cursor *c, int i); /* UTF-8, NUL-terminated */
/* Value i of the current row. */
void fst_cursor_value(const fst_cursor *c, int i, fst_value *out);
/* rowsRead: rows returned, or rows a full scan stepped over where that is more;
 * rowsWritten: rows inserted, updated and deleted, triggers included. (The
 * peer counts index entries too, S35.) */
void fst_cursor_stats(const fst_cursor *c, uint64_t *rows_read, uint64_t *rows_written);
void fst_cursor_close(fst_cursor *c);

/* (pages - free pages) * 4096 (fact S32); negative on failure. */
int64_t fst_database_size(fst_store *st);
/* Drop everything of the application and every key, inside the implicit
 * transaction; open cursors are cancelled (fact S20). Refused inside a savepoint
 * or a held transaction (fact T13). */
int fst_delete_all(fst_store *st);

#endif
