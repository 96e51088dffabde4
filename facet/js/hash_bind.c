//go:build linux && amd64 && cgo

/* Hashes for ids and for crypto.subtle, from GLib, which the event loop uses
 * already. */
#include "internal.h"

#include <glib.h>

/* The algorithms' numbers in native.d.ts. */
static const GChecksumType algorithms[] = { G_CHECKSUM_SHA1, G_CHECKSUM_SHA256, G_CHECKSUM_SHA384, G_CHECKSUM_SHA512, G_CHECKSUM_MD5 };
enum { ALGORITHMS = sizeof algorithms / sizeof algorithms[0], DIGEST_MAX = 64 };

static bool algorithm_of(JSContextRef ctx, JSValueRef v, GChecksumType *type, JSValueRef *exc)
{
	double n = JSValueToNumber(ctx, v, exc);
	if (!(n >= 0 && n < ALGORITHMS)) {
		throw_error(ctx, exc, "TypeError", "unknown hash algorithm");
		return false;
	}
	*type = algorithms[(int)n];
	return true;
}

static NATIVE(native_digest)
{
	NEED(2);
	GChecksumType type;
	uint8_t *p, out[DIGEST_MAX];
	size_t n;
	gsize out_n = sizeof out;
	if (!algorithm_of(ctx, argv[0], &type, exc) || !bytes_of(ctx, argv[1], &p, &n, exc))
		return JSValueMakeUndefined(ctx);
	GChecksum *sum = g_checksum_new(type);
	g_checksum_update(sum, n > 0 ? p : out, (gssize)n);
	g_checksum_get_digest(sum, out, &out_n);
	g_checksum_free(sum);
	JSObjectRef array = make_uint8_array(ctx, out, out_n, exc);
	return array != NULL ? array : JSValueMakeUndefined(ctx);
}

static NATIVE(native_hmac)
{
	NEED(3);
	GChecksumType type;
	uint8_t *key, *p, out[DIGEST_MAX];
	size_t key_n, n;
	gsize out_n = sizeof out;
	if (!algorithm_of(ctx, argv[0], &type, exc) || !bytes_of(ctx, argv[1], &key, &key_n, exc) ||
	    !bytes_of(ctx, argv[2], &p, &n, exc))
		return JSValueMakeUndefined(ctx);
	GHmac *mac = g_hmac_new(type, key_n > 0 ? key : out, key_n);
	g_hmac_update(mac, n > 0 ? p : out, (gssize)n);
	g_hmac_get_digest(mac, out, &out_n);
	g_hmac_unref(mac);
	JSObjectRef array = make_uint8_array(ctx, out, out_n, exc);
	return array != NULL ? array : JSValueMakeUndefined(ctx);
}

const native_entry hash_natives[] = {
	{ "digest", native_digest },
	{ "hmac", native_hmac },
	{ NULL, NULL },
};
