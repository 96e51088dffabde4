//go:build linux && amd64 && cgo

/* Makes the engine, ICU and libc do now what they would otherwise ask the file
 * system for later, when the process is sealed and open(2) is gone. */
#include "internal.h"

#include <sys/random.h>
#include <time.h>
#include <unicode/putil.h>

/* ICU looks for newer time zone tables in a directory each time it loads one;
 * without a directory it takes those in its library. Everything else in it is in
 * the library anyway. */
static void built_in_time_zones(void)
{
	UErrorCode status = U_ZERO_ERROR;
	u_setTimeZoneFilesDirectory("", &status);
}

void warm_up(void)
{
	built_in_time_zones();
	tzset();
	time_t now = time(NULL);
	struct tm tm;
	localtime_r(&now, &tm);
	JSStringRef source = JSStringCreateWithUTF8CString("new Date().getTimezoneOffset(); Math.random()");
	script_evaluate(source, "facetd:warm-up", NULL);
	JSStringRelease(source);
}
