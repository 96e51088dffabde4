/* What the C files of this folder share. Nothing here is for other packages. */
#ifndef FACETD_STORAGE_INTERNAL_H
#define FACETD_STORAGE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "sqlite3.h"
#include "storage.h"

enum {
	FST_PAGE = 4096,
	FST_FRAME = FST_PAGE + 24, /* sqlite.org/fileformat2.html, 4.1 */
	FST_WAL_HEADER = 32,
	FST_CHECKPOINT_IDLE = 500,    /* frames; see docs of fst_idle */
	FST_CHECKPOINT_FORCED = 4000, /* frames; longest commit stays near 16 ms */
	FST_WAL_KEPT = 1000,          /* frames' worth of blocks kept over a close */
	FST_CURSORS_MAX = 256,
	FST_BUFFER_MAX = 8 << 20, /* bytes of rows buffered for unread cursors */
	FST_CACHE_TEXT = 1 << 20, /* bytes of SQL text in the statement cache (S22) */
	FST_CACHE_ENTRIES = 512,
	FST_CACHE_BUCKETS = 1024,
	FST_KV_NEXT_KINDS = 12,
	FST_LENGTH_MAX = 2 << 20, /* bytes of one value or row */
	FST_PROGRESS_STEPS = 100
};

/* ---- vfs.c: the only door to the files ---- */

typedef struct fst_files {
	int db_fd, wal_fd;
	int64_t wal_max;             /* bytes */
	pthread_mutex_t sync_lock;   /* one sync at a time, see sync.c */
	atomic_int failed;           /* a sync failed: nothing is promised any more */
	int used, db_open, wal_open; /* under the VFS lock */
} fst_files;

int fst_vfs_register(void);
/* A name under which SQLite finds the files; NULL: too many stores. */
const char *fst_vfs_add(fst_files *files);
void fst_vfs_remove(fst_files *files);
const sqlite3_io_methods *fst_file_methods(void);
int fst_sync_fd(fst_files *files, int fd);
int64_t fst_fd_size(int fd);

typedef struct fst_file {
	sqlite3_file base;
	fst_files *files;
	int fd;
	int is_wal;
} fst_file;

/* ---- the store ---- */

typedef struct fst_entry {
	struct fst_entry *hash_next, *newer, *older;
	sqlite3_stmt *stmt;
	uint64_t hash;
	size_t size;
	int busy;
	int kind; /* FST_STMT_ bits */
	char text[];
} fst_entry;

typedef struct fst_cache {
	fst_entry *bucket[FST_CACHE_BUCKETS];
	fst_entry *newest, *oldest;
	size_t text_size;
	int entries;
	uint64_t seed;
} fst_cache;

/* What the authorizer saw while a statement was compiled. */
enum {
	FST_STMT_ALTER = 1,       /* may rename: check for reserved names after */
	FST_STMT_DEFER_FK = 2,    /* PRAGMA defer_foreign_keys: needs a transaction */
	FST_STMT_TRANSACTION = 4, /* BEGIN and the like: refused with advice */
	FST_STMT_FAILED = 8
};

typedef struct fst_row {
	struct fst_row *next;
	size_t size;
	fst_value value[];
} fst_row;

struct fst_cursor {
	fst_store *st;
	fst_cursor *newer, *older; /* in one of the store's two lists */
	sqlite3_stmt *stmt;        /* NULL when cancelled */
	fst_entry *entry;          /* the cache entry that owns stmt, or NULL */
	int columns;
	int live;                  /* stmt is between step and reset */
	int buffered;              /* rows come from first, not from stmt */
	const char *cancelled;     /* why, or NULL */
	fst_row *row, *first, *last;
	uint64_t returned, scanned, written;
};

typedef struct fst_cursor_list {
	fst_cursor *newest, *oldest;
	int count;
} fst_cursor_list;

struct fst_store {
	sqlite3 *db;
	fst_files files;
	fst_hooks hooks;
	fst_limits limits;

	int trusted;  /* our own SQL is being compiled or run */
	int kind;     /* FST_STMT_ bits of the compilation going on */
	int in_txn;   /* the implicit transaction was opened */
	int writes;   /* writing statements begun in it */
	int held;     /* it stays open across turns */
	int depth;    /* open savepoints */
	int broken;
	int alarm_touched; /* see fst_alarm_changed */
	uint32_t frames;   /* in the WAL since its last complete checkpoint */
	uint64_t promised; /* highest sequence a held turn was given */
	uint64_t settled;  /* 1 + the sequence after which fst_idle found nothing to do; 0: none */

	sqlite3_stmt *begin, *commit, *rollback;
	sqlite3_stmt *kv_get, *kv_put, *kv_delete, *kv_next[FST_KV_NEXT_KINDS];
	sqlite3_stmt *alarm_get, *alarm_put, *alarm_delete;
	sqlite3_stmt *page_count, *freelist_count, *reserved_check;
	sqlite3_stmt *borrowed; /* holds the values handed out last */

	fst_cache cache;
	fst_cursor_list open, cancelled;
	size_t buffered; /* bytes of rows of all cursors */

	sqlite3 *helper; /* private empty database for bounded built-ins */
	sqlite3_stmt *helper_stmt[6];

	pthread_t sync_thread;
	pthread_mutex_t lock; /* guards the next group */
	pthread_cond_t wake, synced_cond;
	int stop;
	int told_failed;
	_Atomic uint64_t committed, synced;

	pthread_mutex_t checkpoint_lock; /* held while one runs; guards holds */
	int checkpoint_holds;

	int errcode;
	char errmsg[FST_ERRMSG_MAX];
};

/* ---- error.c ---- */
int fst_fail(fst_store *st, int code, const char *text);
/* Record the connection's error, look whether the transaction is lost. */
int fst_fail_db(fst_store *st, int rc);
void fst_format_error(sqlite3 *db, int rc, char *out, size_t size);

/* ---- turn.c ---- */
/* First thing of each call: free borrowed values, refuse a broken store. */
int fst_enter(fst_store *st);
/* Before a write: open the implicit transaction, refuse a lost one. */
int fst_begin_write(fst_store *st);
/* Run one of our own prepared statements to its end. SQLite result code. */
int fst_run(fst_store *st, sqlite3_stmt *stmt);
/* Compile and run our own SQL. SQLite result code. */
int fst_run_text(fst_store *st, const char *sql);
int fst_prepare_own(fst_store *st, const char *sql, sqlite3_stmt **out);

/* ---- cursor.c ---- */
fst_cursor *fst_cursor_new(fst_store *st);
int fst_cursor_step(fst_cursor *c);
/* Take unread rows out of writing statements (all: of every one), so that a
 * commit, a savepoint or a checkpoint is possible. */
void fst_cursors_settle(fst_store *st, int all);
void fst_cursors_cancel(fst_store *st, const char *why);
void fst_cursors_free(fst_store *st);
void fst_column(sqlite3_stmt *stmt, int i, fst_value *out);

/* ---- cache.c ---- */
fst_entry *fst_cache_find(fst_cache *cache, const char *sql, size_t size);
/* Take ownership of stmt unless NULL is returned. */
fst_entry *fst_cache_add(fst_cache *cache, const char *sql, size_t size, sqlite3_stmt *stmt, int kind);
void fst_cache_clear(fst_cache *cache);

/* ---- sync.c, checkpoint.c ---- */
int fst_sync_start(fst_store *st);
void fst_sync_stop(fst_store *st);
void fst_sync_commit(fst_store *st, uint64_t seq);
void fst_sync_failed(fst_store *st, const char *why);
int fst_checkpoint(fst_store *st, int *complete);
int fst_checkpoint_if_due(fst_store *st);

/* ---- harden.c, authorizer.c, functions.c ---- */
int fst_harden(fst_store *st);
int fst_authorize(void *arg, int action, const char *a, const char *b, const char *db, const char *trigger);
int fst_functions_add(fst_store *st);
void fst_functions_remove(fst_store *st);
int fst_function_allowed(const char *name);
int fst_pragma_allowed(const char *name, const char *arg);

#endif
