/* What the Go side of package js sees of the engine. Every pointer that crosses
 * this line points to memory owned by C; Go fills or reads it in place. */
#ifndef FJS_JS_H
#define FJS_JS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Header of a message in the inbox, the outbox and the log. It is followed by
 * s1, s2, s3 and the body, each string with one NUL byte after it (so that the
 * engine can take ASCII text in place), and padded to a multiple of 8. */
typedef struct fjs_rec {
	uint32_t kind;
	uint32_t flags; /* FJS_BODY */
	uint64_t call;
	double a;
	uint32_t s1, s2, s3;
	uint32_t reserved;
	uint64_t body;
	uint64_t size; /* header, strings, body and padding */
} fjs_rec;

enum { FJS_BODY = 1 };

/* Results of fjs_commit and of the commands. */
enum {
	FJS_OK = 0,
	FJS_FULL = 1,    /* the inbox is at its limit */
	FJS_CLOSED = 2,  /* the engine was stopped or is over */
	FJS_TIMEOUT = 3, /* the JavaScript thread did not come to it in time */
	FJS_FAILED = 4,  /* see the error text */
};

typedef struct fjs_config {
	const char *runtime; /* UTF-8, NUL-terminated, malloc; the engine frees it */
	bool jit;
	size_t stack_bytes;
	uint64_t cpu_limit_ns; /* of one call and of one turn; 0: none */
	uint64_t cpu_grace_ns; /* between the first and the second stage */
	size_t inbox_bytes;
	int event_fd; /* written when messages for Go are due; stays Go's */
} fjs_config;

typedef struct fjs_view {
	const uint8_t *data; /* records; valid until the next fjs_drain */
	size_t size;
	bool closed; /* nothing will come after these */
} fjs_view;

/* All errors are written, NUL-terminated, to `err`. */
int fjs_start(const fjs_config *config, char *err, size_t err_size);

/* Inbox. fjs_stage returns room for at least `size` bytes; one Go caller at a
 * time fills it and calls fjs_commit with the number of bytes it wrote. */
uint8_t *fjs_stage(size_t size);
int fjs_commit(size_t size);

/* Outbox and log, for one Go reader. An empty result arms the event fd. */
void fjs_drain(fjs_view *view);

/* Commands: run on the JavaScript thread between two turns, in the order of the
 * inbox; the caller waits for at most timeout_ms. */
int fjs_open_storage(int db_fd, int wal_fd, uint32_t max_pages, uint64_t heap_bytes, uint32_t wal_frames, uint32_t timeout_ms, char *err, size_t err_size);
int fjs_evaluate(char *source, char **result, uint32_t timeout_ms);
int fjs_stop(uint32_t timeout_ms, char *err, size_t err_size);

/* The alarm that the database held when fjs_stop closed it, in milliseconds since
 * the epoch; -1: none, -2: not known. */
int64_t fjs_last_alarm(void);

/* Any thread, at once. limit 0: none; grace 0: as it is. */
void fjs_set_cpu_limit(uint64_t limit_ns, uint64_t grace_ns);
int fjs_hold_checkpoints(bool on);

#endif
