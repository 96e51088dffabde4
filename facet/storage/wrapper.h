/* What the Go wrapper needs in C, so that no C code calls into Go. */
#ifndef FACETD_STORAGE_WRAPPER_H
#define FACETD_STORAGE_WRAPPER_H

#include "storage.h"

typedef struct fst_deadline fst_deadline;

fst_deadline *fst_deadline_new(void);
void fst_deadline_free(fst_deadline *d);
/* CLOCK_MONOTONIC nanoseconds; 0: none. Any thread. */
void fst_deadline_set(fst_deadline *d, int64_t ns);
int64_t fst_monotonic_ns(void);
/* fst_open with should_abort looking at d, which must outlive the store. */
int fst_open_with_deadline(int db_fd, int wal_fd, const fst_limits *limits, fst_deadline *d, fst_store **out, char *err);

/* fst_sql_exec with bindings allocated one by one: type, number, bytes. */
fst_value *fst_values_new(int n);
void fst_values_set(fst_value *values, int i, int type, double real, int64_t integer, const void *data, size_t size);
void fst_values_free(fst_value *values, int n);

#endif
