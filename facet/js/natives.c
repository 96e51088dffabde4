//go:build linux && amd64 && cgo

/* The __native object; facet/workers/src/native.d.ts is its contract. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static NATIVE(native_log)
{
	NEED(2);
	/* A huge line is cut before it is converted: the engine would copy it all. */
	JSStringRef s = JSValueToStringCopy(ctx, argv[1], exc);
	if (s == NULL)
		return JSValueMakeUndefined(ctx);
	size_t n = JSStringGetLength(s);
	if (n <= LOG_LINE_MAX) {
		char *p = text_to_utf8(s, &n);
		if (p != NULL)
			outbox_log((int)JSValueToNumber(ctx, argv[0], NULL), p, n);
		free(p);
	} else {
		uint8_t p[3 * LOG_LINE_MAX];
		n = utf8_encode(JSStringGetCharactersPtr(s), LOG_LINE_MAX, p);
		outbox_log((int)JSValueToNumber(ctx, argv[0], NULL), (const char *)p, n);
	}
	JSStringRelease(s);
	return JSValueMakeUndefined(ctx);
}

static NATIVE(native_arm_timer)
{
	NEED(1);
	double ms = JSValueToNumber(ctx, argv[0], exc);
	const double longest = 1e12; /* 31 years; the sum below stays exact */
	if (!(ms >= 0))
		E.timer_at = -1;
	else
		E.timer_at = (int64_t)clock_ns(CLOCK_MONOTONIC) + (int64_t)((ms < longest ? ms : longest) * 1e6);
	return JSValueMakeUndefined(ctx);
}

static NATIVE(native_set_call)
{
	NEED(1);
	double call = JSValueToNumber(ctx, argv[0], exc);
	if (call >= 0 && call < 9007199254740992.0)
		watchdog_charge((uint64_t)call);
	return JSValueMakeUndefined(ctx);
}

static NATIVE(native_now)
{
	return JSValueMakeNumber(ctx, (double)clock_ns(CLOCK_REALTIME) / 1e6);
}

static NATIVE(native_random)
{
	NEED(1);
	uint8_t *p;
	size_t n;
	if (!bytes_of(ctx, argv[0], &p, &n, exc))
		return JSValueMakeUndefined(ctx);
	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);
		if (got < 0)
			continue; /* EINTR; nothing else can happen with a valid buffer */
		p += got;
		n -= (size_t)got;
	}
	return JSValueMakeUndefined(ctx);
}

static NATIVE(native_evaluate)
{
	NEED(2);
	JSStringRef source = JSValueToStringCopy(ctx, argv[0], exc);
	if (source == NULL)
		return JSValueMakeUndefined(ctx);
	JSStringRef name = JSValueToStringCopy(ctx, argv[1], exc);
	JSValueRef v = NULL;
	if (name != NULL) {
		v = JSEvaluateScript(ctx, source, NULL, name, 1, exc);
		JSStringRelease(name);
	}
	JSStringRelease(source);
	return v != NULL ? v : JSValueMakeUndefined(ctx);
}

static NATIVE(native_abort)
{
	NEED(3);
	size_t n;
	double kind = JSValueToNumber(ctx, argv[0], NULL);
	char *name = text_of(ctx, argv[1], &n, exc);
	char *message = text_of(ctx, argv[2], &n, exc);
	watchdog_leave();
	loop_broken((int)kind, name ? name : "Error", message ? message : "");
}

static const native_entry engine_natives[] = {
	{ "log", native_log },
	{ "armTimer", native_arm_timer },
	{ "setCall", native_set_call },
	{ "now", native_now },
	{ "random", native_random },
	{ "evaluate", native_evaluate },
	{ "abort", native_abort },
	{ NULL, NULL },
};

static NATIVE(on_rejection)
{
	/* (promise, reason), after the microtasks of the turn */
	if (argc < 2)
		return JSValueMakeUndefined(ctx);
	char *s = value_text(ctx, argv[1]);
	if (JSValueIsObject(ctx, argv[1])) {
		JSStringRef key = JSStringCreateWithUTF8CString("stack");
		JSValueRef stack = JSObjectGetProperty(ctx, (JSObjectRef)argv[1], key, NULL);
		JSStringRelease(key);
		if (stack != NULL && JSValueIsString(ctx, stack)) {
			char *more = value_text(ctx, stack), *both = NULL;
			if (s != NULL && more != NULL && asprintf(&both, "%s\n%s", s, more) >= 0) {
				free(s);
				s = both;
			}
			free(more);
		}
	}
	if (s != NULL && strlen(s) > LOG_LINE_MAX)
		s[LOG_LINE_MAX] = 0;
	turn_defer(IN_REJECTION, 0, s ? s : "");
	free(s);
	return JSValueMakeUndefined(ctx);
}

static bool install(const native_entry *entries)
{
	for (; entries->name != NULL; entries++) {
		JSStringRef name = JSStringCreateWithUTF8CString(entries->name);
		JSObjectRef f = JSObjectMakeFunctionWithCallback(E.ctx, name, entries->call);
		JSValueRef exc = NULL;
		JSObjectSetProperty(E.ctx, E.native, name, f, kJSPropertyAttributeNone, &exc);
		JSStringRelease(name);
		if (exc != NULL)
			return false;
	}
	return true;
}

bool natives_install(char *err, size_t err_size)
{
	E.native = JSObjectMake(E.ctx, NULL, NULL);
	JSValueProtect(E.ctx, E.native);
	JSStringRef name = JSStringCreateWithUTF8CString("__native");
	JSValueRef exc = NULL;
	JSObjectSetProperty(E.ctx, JSContextGetGlobalObject(E.ctx), name, E.native, kJSPropertyAttributeDontEnum, &exc);
	JSStringRelease(name);
	bool ok = exc == NULL && install(engine_natives) && install(message_natives) && install(text_natives) &&
		install(hash_natives) && install(storage_natives) && install(sql_natives);
	if (ok) {
		JSStringRef r = JSStringCreateWithUTF8CString("onRejection");
		jsc.set_rejection_callback(E.ctx, JSObjectMakeFunctionWithCallback(E.ctx, r, on_rejection), &exc);
		JSStringRelease(r);
		ok = exc == NULL;
	}
	if (!ok)
		snprintf(err, err_size, "the native interface could not be installed");
	return ok;
}
