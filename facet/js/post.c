//go:build linux && amd64 && cgo

/* native.post: one message to Go, staged until the turn is committed. */
#include "internal.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

enum { STAGE_MAX = 64 << 20 }; /* bytes that one turn may post */
#define TOO_MUCH "too much output in one turn: 64 MiB is the limit, wait for something between the parts"

/* A string argument, or an absent one where it is undefined. */
static bool string_of(JSContextRef ctx, size_t argc, const JSValueRef argv[], size_t i, text *t, JSValueRef *exc)
{
	*t = (text){ NULL, 0 };
	if (i >= argc || JSValueIsUndefined(ctx, argv[i]))
		return true;
	t->p = text_of(ctx, argv[i], &t->n, exc);
	return t->p != NULL;
}

static double number_of(JSContextRef ctx, JSValueRef v)
{
	double d = JSValueToNumber(ctx, v, NULL);
	const double limit = 9007199254740992.0; /* 2^53 */
	return d >= -limit && d <= limit ? d : 0;
}

/* Puts a text ahead of the body, behind its length. */
static bool join(JSContextRef ctx, JSValueRef v, text *body, char **joined, JSValueRef *exc)
{
	size_t n;
	char *ahead = text_of(ctx, v, &n, exc);
	if (ahead == NULL)
		return false;
	bool fits = n <= STAGE_MAX && body->n <= STAGE_MAX;
	if (fits && (*joined = malloc(4 + n + body->n)) != NULL) {
		const uint32_t length = htole32((uint32_t)n);
		memcpy(*joined, &length, 4);
		memcpy(*joined + 4, ahead, n);
		if (body->n > 0)
			memcpy(*joined + 4 + n, body->p, body->n);
		*body = (text){ *joined, 4 + n + body->n };
	}
	free(ahead);
	if (*joined == NULL)
		throw_error(ctx, exc, "RangeError", fits ? "out of memory for a message" : TOO_MUCH);
	return *joined != NULL;
}

static NATIVE(native_post)
{
	NEED(3);
	double kind = number_of(ctx, argv[0]), call = number_of(ctx, argv[1]), a = number_of(ctx, argv[2]);
	JSValueRef undefined = JSValueMakeUndefined(ctx);
	text s[3] = { { NULL, 0 } }, body = { NULL, 0 };
	char *owned = NULL, *joined = NULL;
	bool has_body = argc > 6 && !JSValueIsUndefined(ctx, argv[6]);
	bool ok = string_of(ctx, argc, argv, 3, &s[0], exc) && string_of(ctx, argc, argv, 4, &s[1], exc) &&
		string_of(ctx, argc, argv, 5, &s[2], exc);
	text *headers = kind == OUT_RESPONSE ? &s[1] : kind == OUT_HOST_FETCH ? &s[2] : NULL;
	if (ok && headers != NULL && headers->p != NULL && !text_narrow((char *)headers->p, &headers->n)) {
		throw_error(ctx, exc, "TypeError", "a header is not a byte string");
		ok = false;
	}
	if (ok && has_body) {
		if (JSValueIsString(ctx, argv[6])) {
			body.p = owned = text_of(ctx, argv[6], &body.n, exc);
			ok = owned != NULL;
		} else {
			uint8_t *p;
			ok = bytes_of(ctx, argv[6], &p, &body.n, exc);
			body.p = (const char *)p;
		}
	}
	if (ok && argc > 7 && !JSValueIsUndefined(ctx, argv[7])) {
		ok = join(ctx, argv[7], &body, &joined, exc);
		has_body = true;
	}
	if (ok) {
		buf *stage = outbox_stage();
		if (stage->len + s[0].n + s[1].n + s[2].n + body.n > STAGE_MAX ||
		    !rec_append(stage, (uint32_t)kind, (uint64_t)call, a, s[0], s[1], s[2], has_body ? &body : NULL))
			throw_error(ctx, exc, "RangeError", TOO_MUCH);
	}
	free(owned);
	free(joined);
	for (int i = 0; i < 3; i++)
		free((void *)s[i].p);
	return undefined;
}

const native_entry message_natives[] = {
	{ "post", native_post },
	{ NULL, NULL },
};
