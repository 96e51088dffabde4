#include "wrapper.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct fst_deadline {
	_Atomic int64_t ns;
};

fst_deadline *fst_deadline_new(void)
{
	fst_deadline *d = calloc(1, sizeof *d);

	if (d == NULL)
		abort(); /* as Go does without memory */
	return d;
}

void fst_deadline_free(fst_deadline *d)
{
	free(d);
}

void fst_deadline_set(fst_deadline *d, int64_t ns)
{
	atomic_store(&d->ns, ns);
}

int64_t fst_monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int should_abort(void *arg)
{
	fst_deadline *d = arg;
	int64_t ns = atomic_load(&d->ns);

	return ns != 0 && fst_monotonic_ns() >= ns;
}

int fst_open_with_deadline(int db_fd, int wal_fd, const fst_limits *limits, fst_deadline *d, fst_store **out, char *err)
{
	fst_hooks hooks = {.arg = d, .should_abort = should_abort};

	return fst_open(db_fd, wal_fd, limits, &hooks, out, err);
}

fst_value *fst_values_new(int n)
{
	fst_value *values = calloc((size_t)n + 1, sizeof *values);

	if (values == NULL)
		abort();
	return values;
}

void fst_values_set(fst_value *values, int i, int type, double real, int64_t integer, const void *data, size_t size)
{
	fst_value *v = &values[i];

	v->type = type;
	v->real = real;
	v->integer = integer;
	if (data == NULL)
		return;
	v->data = malloc(size + 1);
	if (v->data == NULL)
		abort();
	memcpy((void *)v->data, data, size);
	v->size = size;
}

void fst_values_free(fst_value *values, int n)
{
	for (int i = 0; i < n; i++)
		free((void *)values[i].data);
	free(values);
}
