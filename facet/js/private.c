//go:build linux && amd64 && cgo

/* Entry points that libjavascriptcoregtk exports but does not declare in its
 * public headers (WebKit: API/JSContextRefPrivate.h, API/JSBasePrivate.h,
 * API/JSLockRefPrivate.h). They are looked up at start, so that a library
 * without one gives a clear error rather than a loader's. */
#include "internal.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

private_api jsc;

bool private_load(char *err, size_t err_size)
{
	const struct {
		const char *name;
		void *slot;
	} symbols[] = {
		{ "JSContextGroupSetExecutionTimeLimit", &jsc.set_time_limit },
		{ "JSLock", &jsc.lock },
		{ "JSUnlock", &jsc.unlock },
		{ "JSGlobalContextSetUnhandledRejectionCallback", &jsc.set_rejection_callback },
		{ "JSGlobalContextSetEvalEnabled", &jsc.set_eval_enabled },
		{ "JSConfigureSignalForGC", &jsc.configure_signal_for_gc },
		{ "JSDisableGCTimer", &jsc.disable_gc_timer },
		{ "JSSynchronousGarbageCollectForDebugging", &jsc.collect },
	};
	for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
		void *p = dlsym(RTLD_DEFAULT, symbols[i].name);
		if (p == NULL) {
			snprintf(err, err_size, "the JavaScriptCore library does not export %s: install WebKitGTK's JavaScriptCore 4.1, version 2.40 or later", symbols[i].name);
			return false;
		}
		/* POSIX lets a function pointer travel through void *; ISO C has no cast for it. */
		memcpy(symbols[i].slot, &p, sizeof p);
	}
	return true;
}
