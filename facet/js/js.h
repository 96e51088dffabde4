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
	int wake_fd;  /* written when messages for JavaScript are due; stays Go's */
} fjs_config;

/* A lane is the short way in one direction: a ring of records that one side
 * writes and the other reads, without a call from Go to C, which would wake the
 * Go scheduler's monitor. What does not fit goes the long way, the queues below,
 * and until that is taken so does all that follows it.
 *
 * Positions count bytes since the start; a record is contiguous, and where the
 * ring's end is too near for it stands a word with FJS_SKIP in place of its kind.
 * Both sides use sequentially consistent operations: a writer publishes `tail`
 * (or `slow`), then looks at `waiting`; a reader sets `waiting`, then looks at
 * `tail` (or `slow`). Whoever turns `waiting` from 1 to 0 writes the event fd. */
enum {
	FJS_LANE = 64 << 10,     /* bytes; a power of two */
	FJS_LANE_MAX = 16 << 10, /* what is larger goes the long way */
	FJS_SKIP = 0x736b6970,
};
typedef struct fjs_lane {
	/* The writer's line of the cache. */
	uint64_t tail;
	/* In: the number of fjs_commit's successes that were taken. Out: 1 when fjs_drain
	 * would return something. */
	uint64_t slow;
	uint32_t closed; /* in only: fjs_commit would return FJS_CLOSED */
	uint32_t pad1[11];
	/* The reader's. */
	uint64_t head;
	uint32_t waiting;
	uint32_t pad2[13];
	uint8_t data[FJS_LANE];
} fjs_lane;

extern fjs_lane fjs_in, fjs_out;

typedef struct fjs_view {
	const uint8_t *data; /* records; valid until the next fjs_drain */
	size_t size;
	uint64_t tail; /* of the lane: what it holds up to here comes before */
	bool closed;   /* nothing will come after these */
} fjs_view;

/* All errors are written, NUL-terminated, to `err`. */
int fjs_start(const fjs_config *config, char *err, size_t err_size);

/* Inbox. fjs_stage returns room for at least `size` bytes; one Go caller at a
 * time fills it and calls fjs_commit with the number of bytes it wrote. */
uint8_t *fjs_stage(size_t size);
int fjs_commit(size_t size);

/* Outbox and log, for one Go reader. */
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
