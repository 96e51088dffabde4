//go:build linux && amd64 && cgo

/* Strings between UTF-8, Latin-1 and the engine's UTF-16. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#define HIGH_BITS 0x8080808080808080u
#define LOW_BITS 0x0101010101010101u

static uint64_t load8(const uint8_t *p)
{
	uint64_t w;
	memcpy(&w, p, sizeof w);
	return w;
}

/* True where every byte is 1…127: what the engine's 8-bit constructor takes. */
static bool plain_ascii(const uint8_t *p, size_t n)
{
	size_t i = 0;
	for (; i + 8 <= n; i += 8) {
		uint64_t w = load8(p + i);
		if ((w | (w - LOW_BITS)) & HIGH_BITS)
			return false;
	}
	for (; i < n; i++)
		if (p[i] == 0 || p[i] >= 0x80)
			return false;
	return true;
}

/* Decodes as the Encoding Standard's UTF-8 decoder does: each maximal invalid
 * part becomes one U+FFFD. `out` has room for n units. */
size_t utf8_decode(const uint8_t *p, size_t n, uint16_t *out, bool *bad)
{
	size_t o = 0;
	*bad = false;
	for (size_t i = 0; i < n;) {
		if (i + 8 <= n && !(load8(p + i) & HIGH_BITS)) {
			for (int k = 0; k < 8; k++)
				out[o++] = p[i++];
			continue;
		}
		uint8_t c = p[i++];
		if (c < 0x80) {
			out[o++] = c;
			continue;
		}
		int more;
		uint8_t low = 0x80, high = 0xBF; /* bounds of the next byte */
		uint32_t cp;
		if (c >= 0xC2 && c <= 0xDF) {
			more = 1;
			cp = c & 0x1F;
		} else if (c >= 0xE0 && c <= 0xEF) {
			more = 2;
			cp = c & 0x0F;
			if (c == 0xE0)
				low = 0xA0;
			if (c == 0xED)
				high = 0x9F;
		} else if (c >= 0xF0 && c <= 0xF4) {
			more = 3;
			cp = c & 0x07;
			if (c == 0xF0)
				low = 0x90;
			if (c == 0xF4)
				high = 0x8F;
		} else {
			*bad = true;
			out[o++] = 0xFFFD;
			continue;
		}
		while (more > 0 && i < n && p[i] >= low && p[i] <= high) {
			cp = cp << 6 | (p[i++] & 0x3F);
			low = 0x80;
			high = 0xBF;
			more--;
		}
		if (more > 0) {
			*bad = true;
			out[o++] = 0xFFFD;
		} else if (cp < 0x10000) {
			out[o++] = (uint16_t)cp;
		} else {
			cp -= 0x10000;
			out[o++] = (uint16_t)(0xD800 | cp >> 10);
			out[o++] = (uint16_t)(0xDC00 | (cp & 0x3FF));
		}
	}
	return o;
}

/* `out` has room for 3n bytes; a lone surrogate becomes U+FFFD. */
size_t utf8_encode(const uint16_t *p, size_t n, uint8_t *out)
{
	uint8_t *o = out;
	for (size_t i = 0; i < n; i++) {
		uint32_t c = p[i];
		if (c < 0x80) {
			*o++ = (uint8_t)c;
			continue;
		}
		if (c < 0x800) {
			*o++ = (uint8_t)(0xC0 | c >> 6);
			*o++ = (uint8_t)(0x80 | (c & 0x3F));
			continue;
		}
		if (c >= 0xD800 && c <= 0xDFFF) {
			if (c < 0xDC00 && i + 1 < n && p[i + 1] >= 0xDC00 && p[i + 1] <= 0xDFFF) {
				c = 0x10000 + ((c & 0x3FF) << 10) + (p[++i] & 0x3FFu);
				*o++ = (uint8_t)(0xF0 | c >> 18);
				*o++ = (uint8_t)(0x80 | (c >> 12 & 0x3F));
				*o++ = (uint8_t)(0x80 | (c >> 6 & 0x3F));
				*o++ = (uint8_t)(0x80 | (c & 0x3F));
				continue;
			}
			c = 0xFFFD;
		}
		*o++ = (uint8_t)(0xE0 | c >> 12);
		*o++ = (uint8_t)(0x80 | (c >> 6 & 0x3F));
		*o++ = (uint8_t)(0x80 | (c & 0x3F));
	}
	return (size_t)(o - out);
}

static JSStringRef from_units(const char *p, size_t n, bool latin1)
{
	uint16_t small[512];
	uint16_t *units = small;
	if (n > sizeof small / sizeof small[0] && (units = malloc(n * sizeof *units)) == NULL)
		return NULL;
	size_t count = n;
	if (latin1) {
		for (size_t i = 0; i < n; i++)
			units[i] = (uint8_t)p[i];
	} else {
		bool bad;
		count = utf8_decode((const uint8_t *)p, n, units, &bad);
	}
	JSStringRef s = JSStringCreateWithCharacters(units, count);
	if (units != small)
		free(units);
	return s;
}

JSStringRef text_from_utf8(const char *p, size_t n)
{
	if (plain_ascii((const uint8_t *)p, n))
		return JSStringCreateWithUTF8CString(p);
	return from_units(p, n, false);
}

JSStringRef text_from_latin1(const char *p, size_t n)
{
	if (plain_ascii((const uint8_t *)p, n))
		return JSStringCreateWithUTF8CString(p);
	return from_units(p, n, true);
}

/* UTF-16 units that a well-formed UTF-8 text stands for. */
static size_t units_of(const uint8_t *p, size_t n)
{
	size_t units = 0;
	for (size_t i = 0; i < n; i++)
		units += (size_t)((p[i] & 0xC0) != 0x80) + (p[i] >= 0xF0);
	return units;
}

char *text_to_utf8(JSStringRef s, size_t *n)
{
	size_t units = JSStringGetLength(s);
	char *p = malloc(units * 3 + 1);
	if (p == NULL)
		return NULL;
	/* The engine's own conversion works on 8-bit strings in place, but it stops
	 * at a lone surrogate; then the 16-bit characters are converted here. */
	size_t len = JSStringGetUTF8CString(s, p, units * 3 + 1);
	len -= len > 0;
	if (units_of((const uint8_t *)p, len) != units)
		len = utf8_encode(JSStringGetCharactersPtr(s), units, (uint8_t *)p);
	p[len] = 0;
	*n = len;
	return p;
}

char *text_of(JSContextRef ctx, JSValueRef v, size_t *n, JSValueRef *exc)
{
	JSStringRef s = JSValueToStringCopy(ctx, v, exc);
	if (s == NULL)
		return NULL;
	char *p = text_to_utf8(s, n);
	JSStringRelease(s);
	if (p == NULL)
		throw_error(ctx, exc, "RangeError", "out of memory for a string");
	return p;
}

bool text_narrow(char *text, size_t *n)
{
	uint8_t *p = (uint8_t *)text;
	size_t o = 0;
	for (size_t i = 0; i < *n; i++) {
		if (p[i] < 0x80) {
			p[o++] = p[i];
		} else if ((p[i] == 0xC2 || p[i] == 0xC3) && i + 1 < *n) {
			p[o++] = (uint8_t)(p[i] << 6 | (p[i + 1] & 0x3F));
			i++;
		} else {
			return false;
		}
	}
	p[o] = 0;
	*n = o;
	return true;
}

bool text_is_utf8(const uint8_t *p, size_t n)
{
	/* The decoder is the one definition of well-formed; it works in pieces here.
	 * A piece may end inside a character, so it is cut before its last one. */
	uint16_t units[1024];
	while (n > 0) {
		size_t piece = n < 1024 ? n : 1024;
		if (piece < n) {
			size_t cut = piece;
			while (cut > piece - 4 && (p[cut] & 0xC0) == 0x80)
				cut--;
			piece = cut;
		}
		bool bad;
		utf8_decode(p, piece, units, &bad);
		if (bad)
			return false;
		p += piece;
		n -= piece;
	}
	return true;
}

/* As text_from_utf8, for bytes that need no NUL after them. */
JSStringRef text_from_bytes(const char *p, size_t n)
{
	if (!plain_ascii((const uint8_t *)p, n))
		return from_units(p, n, false);
	char small[1024];
	char *copy = n < sizeof small ? small : malloc(n + 1);
	if (copy == NULL)
		return NULL;
	if (n > 0)
		memcpy(copy, p, n);
	copy[n] = 0;
	JSStringRef s = JSStringCreateWithUTF8CString(copy);
	if (copy != small)
		free(copy);
	return s;
}
