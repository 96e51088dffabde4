/*
 * A VFS that knows no paths: a database and its WAL are descriptors that were
 * open before. It becomes the only VFS of the process, so no SQL text, however
 * it got through, can make SQLite open, stat or unlink anything.
 *
 * There is no shared memory: SQLite keeps the wal-index in its heap when
 * locking_mode is EXCLUSIVE before the first access (sqlite.org/wal.html,
 * "Use of WAL Without Shared-Memory").
 */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { MAX_STORES = 64 };

static pthread_mutex_t vfs_lock = PTHREAD_MUTEX_INITIALIZER;
static fst_files *stores[MAX_STORES];
/* Names live for ever: SQLite keeps pointers to them. */
static char names[MAX_STORES][16];

const char *fst_vfs_add(fst_files *files)
{
	const char *name = NULL;
	pthread_mutex_lock(&vfs_lock);
	for (int i = 0; i < MAX_STORES && name == NULL; i++) {
		if (stores[i] != NULL)
			continue;
		stores[i] = files;
		snprintf(names[i], sizeof names[i], "facet%d", i);
		name = names[i];
	}
	pthread_mutex_unlock(&vfs_lock);
	return name;
}

void fst_vfs_remove(fst_files *files)
{
	pthread_mutex_lock(&vfs_lock);
	for (int i = 0; i < MAX_STORES; i++)
		if (stores[i] == files)
			stores[i] = NULL;
	pthread_mutex_unlock(&vfs_lock);
}

/* Find "facetN" (database) or "facetN-wal"; each may be open once. */
static fst_files *claim(const char *name, int flags, int *is_wal)
{
	int wanted = flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL);
	fst_files *found = NULL;

	if (name == NULL || wanted == 0)
		return NULL;
	*is_wal = wanted == SQLITE_OPEN_WAL;
	pthread_mutex_lock(&vfs_lock);
	for (int i = 0; i < MAX_STORES && found == NULL; i++) {
		size_t n = strlen(names[i]);
		int *open;
		if (stores[i] == NULL || strncmp(name, names[i], n) != 0 || strcmp(name + n, *is_wal ? "-wal" : "") != 0)
			continue;
		open = *is_wal ? &stores[i]->wal_open : &stores[i]->db_open;
		if (*open)
			break;
		*open = 1;
		found = stores[i];
	}
	pthread_mutex_unlock(&vfs_lock);
	return found;
}

static int vfs_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *out_flags)
{
	fst_file *f = (fst_file *)file;

	(void)vfs;
	memset(f, 0, sizeof *f); /* no methods: SQLite must not close it */
	f->files = claim(name, flags, &f->is_wal);
	if (f->files == NULL)
		return SQLITE_CANTOPEN;
	f->fd = f->is_wal ? f->files->wal_fd : f->files->db_fd;
	f->base.pMethods = fst_file_methods();
	if (out_flags != NULL)
		*out_flags = flags;
	return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
	(void)vfs, (void)name, (void)sync_dir;
	return SQLITE_IOERR_DELETE; /* the files are the supervisor's */
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
	size_t n = strlen(name);

	(void)vfs, (void)flags;
	*out = 0;
	if (n < 4 || strcmp(name + n - 4, "-wal") != 0)
		return SQLITE_OK; /* no journal, no super-journal ever exists */
	pthread_mutex_lock(&vfs_lock);
	for (int i = 0; i < MAX_STORES; i++)
		if (stores[i] != NULL && strlen(names[i]) == n - 4 && memcmp(names[i], name, n - 4) == 0)
			*out = fst_fd_size(stores[i]->wal_fd) > 0;
	pthread_mutex_unlock(&vfs_lock);
	return SQLITE_OK;
}

static int vfs_full_pathname(sqlite3_vfs *vfs, const char *name, int size, char *out)
{
	(void)vfs;
	sqlite3_snprintf(size, out, "%s", name);
	return SQLITE_OK;
}

static int vfs_randomness(sqlite3_vfs *vfs, int size, char *out)
{
	int got = 0;

	(void)vfs;
	while (got < size) {
		ssize_t n = getrandom(out + got, (size_t)(size - got), 0);
		if (n > 0)
			got += (int)n;
		else if (errno != EINTR)
			break;
	}
	return got;
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds)
{
	struct timespec ts = {microseconds / 1000000, (microseconds % 1000000) * 1000L};

	(void)vfs;
	nanosleep(&ts, NULL);
	return microseconds;
}

static int vfs_time64(sqlite3_vfs *vfs, sqlite3_int64 *out)
{
	struct timespec ts;

	(void)vfs;
	clock_gettime(CLOCK_REALTIME, &ts);
	/* Julian day of the epoch, 2440587.5, in milliseconds. */
	*out = 210866760000000 + (sqlite3_int64)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
	return SQLITE_OK;
}

static int vfs_time(sqlite3_vfs *vfs, double *out)
{
	sqlite3_int64 ms;

	vfs_time64(vfs, &ms);
	*out = (double)ms / 86400000.0;
	return SQLITE_OK;
}

static int vfs_last_error(sqlite3_vfs *vfs, int size, char *out)
{
	(void)vfs, (void)size, (void)out;
	return errno;
}

static void *vfs_dlopen(sqlite3_vfs *vfs, const char *name)
{
	(void)vfs, (void)name;
	return NULL; /* with the three below: no extension is ever loaded */
}

static void vfs_dlerror(sqlite3_vfs *vfs, int size, char *out)
{
	(void)vfs;
	sqlite3_snprintf(size, out, "extensions cannot be loaded");
}

static void (*vfs_dlsym(sqlite3_vfs *vfs, void *library, const char *symbol))(void)
{
	(void)vfs, (void)library, (void)symbol;
	return NULL;
}

static void vfs_dlclose(sqlite3_vfs *vfs, void *library)
{
	(void)vfs, (void)library;
}

static sqlite3_vfs facet_vfs = {
	.iVersion = 2,
	.szOsFile = sizeof(fst_file),
	.mxPathname = 64,
	.zName = "facet",
	.xOpen = vfs_open,
	.xDelete = vfs_delete,
	.xAccess = vfs_access,
	.xFullPathname = vfs_full_pathname,
	.xDlOpen = vfs_dlopen,
	.xDlError = vfs_dlerror,
	.xDlSym = vfs_dlsym,
	.xDlClose = vfs_dlclose,
	.xRandomness = vfs_randomness,
	.xSleep = vfs_sleep,
	.xCurrentTime = vfs_time,
	.xGetLastError = vfs_last_error,
	.xCurrentTimeInt64 = vfs_time64,
};

int fst_vfs_register(void)
{
	int rc = sqlite3_vfs_register(&facet_vfs, 1);

	/* Everything else goes: unix, unix-excl, unix-dotfile, unix-none, memdb. */
	while (rc == SQLITE_OK && facet_vfs.pNext != NULL)
		rc = sqlite3_vfs_unregister(facet_vfs.pNext);
	return rc;
}
