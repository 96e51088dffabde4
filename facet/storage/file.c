/* The two files: reads, writes and syncs on descriptors, nothing by name. */
#include "internal.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Bytes, or -1. Not fstat(): glibc's is newfstatat(2), a path call that the
 * child's filter refuses. */
int64_t fst_fd_size(int fd)
{
	struct stat st;

	if (syscall(SYS_fstat, fd, &st) != 0)
		return -1;
	return st.st_size;
}

/* One sync at a time per store, and a failure is remembered before the next one
 * starts: the kernel reports a lost write to one caller only, and the one after
 * it would take success for durability. */
int fst_sync_fd(fst_files *files, int fd)
{
	int rc;

	pthread_mutex_lock(&files->sync_lock);
	do
		rc = fdatasync(fd);
	while (rc != 0 && errno == EINTR);
	if (rc != 0)
		atomic_store(&files->failed, 1);
	if (atomic_load(&files->failed))
		rc = -1;
	pthread_mutex_unlock(&files->sync_lock);
	return rc;
}

static int file_close(sqlite3_file *file)
{
	(void)file; /* the store closes its descriptors */
	return SQLITE_OK;
}

static int file_read(sqlite3_file *file, void *buf, int size, sqlite3_int64 offset)
{
	fst_file *f = (fst_file *)file;
	int got = 0;

	while (got < size) {
		ssize_t n = pread(f->fd, (char *)buf + got, (size_t)(size - got), offset + got);
		if (n > 0)
			got += (int)n;
		else if (n == 0)
			break;
		else if (errno != EINTR)
			return SQLITE_IOERR_READ;
	}
	if (got == size)
		return SQLITE_OK;
	memset((char *)buf + got, 0, (size_t)(size - got)); /* SQLite demands it */
	return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *file, const void *buf, int size, sqlite3_int64 offset)
{
	fst_file *f = (fst_file *)file;
	int put = 0;

	if (f->is_wal && offset + size > f->files->wal_max)
		return SQLITE_FULL;
	while (put < size) {
		ssize_t n = pwrite(f->fd, (const char *)buf + put, (size_t)(size - put), offset + put);
		if (n >= 0)
			put += (int)n;
		else if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
			return SQLITE_FULL;
		else if (errno != EINTR)
			return SQLITE_IOERR_WRITE;
	}
	return SQLITE_OK;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	fst_file *f = (fst_file *)file;
	int rc;

	do
		rc = ftruncate(f->fd, size);
	while (rc != 0 && errno == EINTR);
	return rc == 0 ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

static int file_sync(sqlite3_file *file, int flags)
{
	fst_file *f = (fst_file *)file;

	(void)flags;
	/* synchronous=NORMAL asks for this only around checkpoints and when the
	 * WAL starts over, where the order on disk matters. */
	return fst_sync_fd(f->files, f->fd) == 0 ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
	*size = fst_fd_size(((fst_file *)file)->fd);
	return *size >= 0 ? SQLITE_OK : SQLITE_IOERR_FSTAT;
}

static int file_lock(sqlite3_file *file, int level)
{
	(void)file, (void)level; /* the supervisor's flock is the fence */
	return SQLITE_OK;
}

static int file_check_reserved(sqlite3_file *file, int *out)
{
	(void)file;
	*out = 0;
	return SQLITE_OK;
}

static int file_control(sqlite3_file *file, int op, void *arg)
{
	(void)file, (void)op, (void)arg;
	return SQLITE_NOTFOUND;
}

static int file_sector_size(sqlite3_file *file)
{
	(void)file;
	return FST_PAGE;
}

static int file_characteristics(sqlite3_file *file)
{
	(void)file;
	/* As SQLite's own unix VFS says by default; and nobody renames the files. */
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE | SQLITE_IOCAP_UNDELETABLE_WHEN_OPEN;
}

const sqlite3_io_methods *fst_file_methods(void)
{
	/* Version 1: no shared memory, no memory mapping. */
	static const sqlite3_io_methods methods = {
		.iVersion = 1,
		.xClose = file_close,
		.xRead = file_read,
		.xWrite = file_write,
		.xTruncate = file_truncate,
		.xSync = file_sync,
		.xFileSize = file_size,
		.xLock = file_lock,
		.xUnlock = file_lock,
		.xCheckReservedLock = file_check_reserved,
		.xFileControl = file_control,
		.xSectorSize = file_sector_size,
		.xDeviceCharacteristics = file_characteristics,
	};
	return &methods;
}
