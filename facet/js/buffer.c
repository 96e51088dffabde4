//go:build linux && amd64 && cgo

/* Growable byte buffers, and the record format of the queues. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

bool buf_reserve(buf *b, size_t extra)
{
	if (b->cap - b->len >= extra)
		return true;
	size_t want = b->len + extra;
	size_t cap = b->cap ? b->cap : 4096;
	while (cap < want)
		cap *= 2;
	uint8_t *p = realloc(b->p, cap);
	if (p == NULL)
		return false;
	b->p = p;
	b->cap = cap;
	return true;
}

bool buf_append(buf *b, const void *data, size_t n)
{
	if (!buf_reserve(b, n))
		return false;
	if (n > 0)
		memcpy(b->p + b->len, data, n);
	b->len += n;
	return true;
}

void buf_shrink(buf *b, size_t keep)
{
	b->len = 0;
	if (b->cap > keep) {
		free(b->p);
		b->p = NULL;
		b->cap = 0;
	}
}

text rec_text(const char *s)
{
	return (text){ s, s ? strlen(s) : 0 };
}

static uint8_t *put(uint8_t *to, text t)
{
	if (t.n > 0)
		memcpy(to, t.p, t.n);
	to[t.n] = 0;
	return to + t.n + 1;
}

bool rec_append(buf *b, uint32_t kind, uint64_t call, double a, text s1, text s2, text s3, const text *body)
{
	const size_t strings_max = 512u << 20; /* far below what 32 bits and realloc take */
	size_t body_n = body ? body->n : 0;
	if (s1.n > strings_max || s2.n > strings_max || s3.n > strings_max || body_n > strings_max)
		return false;
	size_t size = sizeof(fjs_rec) + s1.n + s2.n + s3.n + 3 + body_n;
	size = (size + 7) & ~(size_t)7;
	if (!buf_reserve(b, size))
		return false;
	fjs_rec rec = {
		.kind = kind, .flags = body ? FJS_BODY : 0, .call = call, .a = a,
		.s1 = (uint32_t)s1.n, .s2 = (uint32_t)s2.n, .s3 = (uint32_t)s3.n,
		.body = body_n, .size = size,
	};
	uint8_t *at = b->p + b->len;
	memcpy(at, &rec, sizeof rec);
	uint8_t *to = put(put(put(at + sizeof rec, s1), s2), s3);
	if (body_n > 0)
		memcpy(to, body->p, body_n);
	to += body_n;
	memset(to, 0, (size_t)(at + size - to));
	b->len += size;
	return true;
}

void fail_no_memory(void)
{
	static const char message[] = "[fatal] out of memory for messages\n";
	ssize_t ignored = write(2, message, sizeof message - 1);
	(void)ignored;
	abort(); /* a dropped answer would be a lie; the supervisor sees the crash */
}

uint64_t clock_ns(clockid_t id)
{
	struct timespec t;
	if (clock_gettime(id, &t) != 0)
		return 0;
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
