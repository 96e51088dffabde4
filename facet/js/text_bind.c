//go:build linux && amd64 && cgo

/* TextEncoder, TextDecoder and domain names for the runtime. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/uidna.h>

static NATIVE(native_utf8_encode)
{
	NEED(1);
	size_t n;
	char *p = text_of(ctx, argv[0], &n, exc);
	if (p == NULL)
		return JSValueMakeUndefined(ctx);
	JSObjectRef array = make_uint8_array(ctx, p, n, exc);
	free(p);
	return array != NULL ? array : JSValueMakeUndefined(ctx);
}

enum { FATAL = 1, KEEP_BOM = 2 };

static NATIVE(native_utf8_decode)
{
	NEED(2);
	uint8_t *p;
	size_t n;
	int flags = (int)JSValueToNumber(ctx, argv[1], exc);
	if (!bytes_of(ctx, argv[0], &p, &n, exc))
		return JSValueMakeUndefined(ctx);
	if (!(flags & KEEP_BOM) && n >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0) {
		p += 3;
		n -= 3;
	}
	if (flags & FATAL && !text_is_utf8(p, n))
		return throw_error(ctx, exc, "TypeError", "The encoded data was not valid.");
	JSStringRef s = text_from_bytes((const char *)p, n);
	if (s == NULL)
		return throw_error(ctx, exc, "RangeError", "out of memory for a string");
	JSValueRef v = JSValueMakeString(ctx, s);
	JSStringRelease(s);
	return v;
}

/* UTS #46 as the URL Standard's "domain to ASCII" asks for it: CheckHyphens
 * false, CheckBidi and CheckJoiners true, non-transitional, and the length and
 * the STD3 rules only where beStrict is set. */
static UIDNA *idna[2];

bool domain_init(void)
{
	const uint32_t base = UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE;
	UErrorCode status = U_ZERO_ERROR;
	idna[0] = uidna_openUTS46(base, &status);
	idna[1] = uidna_openUTS46(base | UIDNA_USE_STD3_RULES, &status);
	return U_SUCCESS(status);
}

char *domain_to_ascii(const char *domain, size_t n, bool strict)
{
	enum { MAX = 64 << 10 };
	/* Not among the errors of the lenient form; see the standard's VerifyDnsLength. */
	const uint32_t lenient = UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG | UIDNA_ERROR_DOMAIN_NAME_TOO_LONG |
		UIDNA_ERROR_LEADING_HYPHEN | UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4;
	const uint32_t hyphens = UIDNA_ERROR_LEADING_HYPHEN | UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4;
	if (n > MAX)
		return NULL;
	size_t cap = 4 * n + 256;
	char *to = malloc(cap);
	if (to == NULL)
		return NULL;
	UIDNAInfo info = UIDNA_INFO_INITIALIZER;
	UErrorCode status = U_ZERO_ERROR;
	int32_t len = uidna_nameToASCII_UTF8(idna[strict], domain, (int32_t)n, to, (int32_t)cap - 1, &info, &status);
	uint32_t errors = info.errors & ~(strict ? hyphens : lenient);
	if (U_FAILURE(status) || errors != 0 || len < 0 || (size_t)len >= cap) {
		free(to);
		return NULL;
	}
	to[len] = 0;
	return to;
}

static NATIVE(native_domain_to_ascii)
{
	NEED(2);
	size_t n;
	char *domain = text_of(ctx, argv[0], &n, exc);
	if (domain == NULL)
		return JSValueMakeUndefined(ctx);
	char *ascii = domain_to_ascii(domain, n, JSValueToBoolean(ctx, argv[1]));
	free(domain);
	if (ascii == NULL)
		return JSValueMakeNull(ctx);
	JSValueRef v = make_string(ctx, ascii, strlen(ascii));
	free(ascii);
	return v;
}

const native_entry text_natives[] = {
	{ "utf8Encode", native_utf8_encode },
	{ "utf8Decode", native_utf8_decode },
	{ "domainToASCII", native_domain_to_ascii },
	{ NULL, NULL },
};
