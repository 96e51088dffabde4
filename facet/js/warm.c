//go:build linux && amd64 && cgo

/* Touches, before the seal, what the engine, ICU and libc would open or start
 * on first use: after the seal there is no open(2). */
#include "internal.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

static const char *const scripts[] = {
	/* Time zone, calendars, number formats, collation, segmentation: ICU data. */
	"new Date(0).toLocaleString(); new Date().getTimezoneOffset(); new Date(2026, 6, 1).toString(); Date.parse('2026-01-01')",
	"new Intl.DateTimeFormat('en-US', { timeZone: 'Europe/Paris', dateStyle: 'full', timeStyle: 'long' }).format(0)",
	"(1234.5).toLocaleString(); new Intl.NumberFormat('de', { style: 'currency', currency: 'EUR' }).format(1)",
	"['b', 'a', '\\u00e9'].sort(new Intl.Collator('en').compare); 'a'.localeCompare('b'); '\\u00e9'.normalize('NFD'); 'I'.toLocaleLowerCase('tr')",
	"new Intl.PluralRules('en').select(1); new Intl.RelativeTimeFormat('en').format(1, 'day'); new Intl.ListFormat('en').format(['a', 'b'])",
	"[...new Intl.Segmenter('en', { granularity: 'word' }).segment('a b')]; new Intl.DisplayNames('en', { type: 'region' }).of('FR')",
	/* Regular expressions, also case-insensitive Unicode ones. */
	"/(a+)+\\d/.test('aaaa1'); /\\p{L}+/iu.test('\\u00c4'); 'aXbX'.replace(/x/gi, '-')",
	/* Hot enough for every compiler, so that their threads exist. */
	"(function () { function f(o, n) { let s = 0; for (let i = 0; i < n; i++) s += o.x * i % 7; return s } for (let i = 0; i < 200; i++) f({ x: i }, 500) })()",
	/* The rest of the library that is loaded lazily. */
	"JSON.stringify({ a: [1] }); structureWarm = new Map([[1, new Set([2])]]); delete globalThis.structureWarm; Math.random(); new Uint8Array(8); 10n ** 20n; Promise.resolve().then(() => 0)",
};

void warm_up(void)
{
	tzset();
	time_t now = time(NULL);
	struct tm tm;
	localtime_r(&now, &tm);
	char *domain = domain_to_ascii("b\xC3\xBC" "cher.example", 15, false);
	free(domain);
	uint8_t seed[1];
	ssize_t ignored = getrandom(seed, sizeof seed, 0);
	(void)ignored;
	for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
		JSStringRef source = JSStringCreateWithUTF8CString(scripts[i]);
		script_evaluate(source, "facetd:warm-up", NULL);
		JSStringRelease(source);
	}
	JSGarbageCollect(E.ctx); /* starts the collector's threads */
}
