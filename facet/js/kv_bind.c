//go:build linux && amd64 && cgo

/* Key-value storage, savepoints and the like for the runtime. */
#include "storage_bind.h"

#include <stdlib.h>
#include <string.h>

JSValueRef throw_storage(JSContextRef ctx, JSValueRef *exc)
{
	return throw_error(ctx, exc, "Error", fst_errmsg(store));
}

JSValueRef value_to_js(JSContextRef ctx, const fst_value *v, JSValueRef *exc)
{
	switch (v->type) {
	case FST_REAL:
	case FST_INTEGER:
		return JSValueMakeNumber(ctx, v->real);
	case FST_TEXT: {
		JSStringRef s = text_from_bytes(v->data, v->size);
		if (s == NULL)
			return throw_error(ctx, exc, "RangeError", "out of memory for a string");
		JSValueRef js = JSValueMakeString(ctx, s);
		JSStringRelease(s);
		return js;
	}
	case FST_BLOB:
		return make_array_buffer(ctx, v->data, v->size, exc);
	default:
		return JSValueMakeNull(ctx);
	}
}

static NATIVE(native_kv_get)
{
	NEED(1);
	NEED_STORE();
	size_t n;
	char *key = text_of(ctx, argv[0], &n, exc);
	if (key == NULL)
		return JSValueMakeUndefined(ctx);
	fst_value v;
	int rc = fst_kv_get(store, key, n, &v);
	free(key);
	if (rc == FST_ROW)
		return value_to_js(ctx, &v, exc);
	return rc == FST_DONE ? JSValueMakeUndefined(ctx) : throw_storage(ctx, exc);
}

static NATIVE(native_kv_put)
{
	NEED(2);
	NEED_STORE();
	size_t n;
	char *key = text_of(ctx, argv[0], &n, exc);
	if (key == NULL)
		return JSValueMakeUndefined(ctx);
	fst_value v = { .type = FST_TEXT };
	char *text = NULL;
	uint8_t *bytes;
	bool ok;
	if (JSValueIsString(ctx, argv[1])) {
		v.data = text = text_of(ctx, argv[1], &v.size, exc);
		ok = text != NULL;
	} else {
		ok = bytes_of(ctx, argv[1], &bytes, &v.size, exc);
		v.type = FST_BLOB;
		v.data = ok && bytes != NULL ? bytes : (uint8_t *)"";
	}
	if (ok && fst_kv_put(store, key, n, &v) < 0)
		throw_storage(ctx, exc);
	free(text);
	free(key);
	return JSValueMakeUndefined(ctx);
}

static NATIVE(native_kv_delete)
{
	NEED(1);
	NEED_STORE();
	size_t n;
	char *key = text_of(ctx, argv[0], &n, exc);
	if (key == NULL)
		return JSValueMakeUndefined(ctx);
	int rc = fst_kv_delete(store, key, n);
	free(key);
	return rc < 0 ? throw_storage(ctx, exc) : JSValueMakeBoolean(ctx, rc == FST_ROW);
}

static char *bound(JSContextRef ctx, JSValueRef v, size_t *n, JSValueRef *exc)
{
	*n = 0;
	return JSValueIsUndefined(ctx, v) ? NULL : text_of(ctx, v, n, exc);
}

static NATIVE(native_kv_next)
{
	NEED(4);
	NEED_STORE();
	size_t from_n, end_n;
	char *from = bound(ctx, argv[0], &from_n, exc);
	char *end = *exc == NULL ? bound(ctx, argv[2], &end_n, exc) : NULL;
	if (*exc != NULL) {
		free(from);
		return JSValueMakeUndefined(ctx);
	}
	int flags = (JSValueToBoolean(ctx, argv[1]) ? FST_FROM_INCLUSIVE : 0) | (JSValueToBoolean(ctx, argv[3]) ? FST_REVERSE : 0);
	fst_value pair[2];
	int rc = fst_kv_next(store, from, from_n, end, end_n, flags, &pair[0], &pair[1]);
	free(from);
	free(end);
	if (rc != FST_ROW)
		return rc == FST_DONE ? JSValueMakeUndefined(ctx) : throw_storage(ctx, exc);
	JSValueRef js[2];
	for (int i = 0; i < 2; i++)
		js[i] = value_to_js(ctx, &pair[i], exc);
	return *exc == NULL ? JSObjectMakeArray(ctx, 2, js, exc) : JSValueMakeUndefined(ctx);
}

static NATIVE(native_database_size)
{
	NEED_STORE();
	int64_t size = fst_database_size(store);
	return size < 0 ? throw_storage(ctx, exc) : JSValueMakeNumber(ctx, (double)size);
}

static NATIVE(native_savepoint)
{
	NEED_STORE();
	int depth = fst_savepoint(store);
	return depth < 0 ? throw_storage(ctx, exc) : JSValueMakeNumber(ctx, depth);
}

static int depth_of(JSContextRef ctx, JSValueRef v)
{
	double d = JSValueToNumber(ctx, v, NULL);
	return d >= 1 && d <= 1e6 ? (int)d : -1;
}

static NATIVE(native_release)
{
	NEED(1);
	NEED_STORE();
	return fst_release(store, depth_of(ctx, argv[0])) < 0 ? throw_storage(ctx, exc) : JSValueMakeUndefined(ctx);
}

static NATIVE(native_rollback_to)
{
	NEED(1);
	NEED_STORE();
	return fst_rollback_to(store, depth_of(ctx, argv[0])) < 0 ? throw_storage(ctx, exc) : JSValueMakeUndefined(ctx);
}

static NATIVE(native_hold_transaction)
{
	NEED(1);
	NEED_STORE();
	return fst_hold_transaction(store, JSValueToBoolean(ctx, argv[0])) < 0 ? throw_storage(ctx, exc) : JSValueMakeUndefined(ctx);
}

static NATIVE(native_alarm_get)
{
	NEED_STORE();
	int64_t ms;
	int rc = fst_alarm_get(store, &ms);
	if (rc < 0)
		return throw_storage(ctx, exc);
	return rc == FST_ROW ? JSValueMakeNumber(ctx, (double)ms) : JSValueMakeUndefined(ctx);
}

static NATIVE(native_alarm_set)
{
	NEED(1);
	NEED_STORE();
	int64_t ms = FST_NO_ALARM;
	if (!JSValueIsUndefined(ctx, argv[0])) {
		double d = JSValueToNumber(ctx, argv[0], exc);
		if (!(d > 0 && d < 9007199254740992.0))
			return *exc != NULL ? JSValueMakeUndefined(ctx) : throw_error(ctx, exc, "TypeError", "no time for an alarm");
		ms = (int64_t)d;
	}
	return fst_alarm_set(store, ms) < 0 ? throw_storage(ctx, exc) : JSValueMakeUndefined(ctx);
}

static NATIVE(native_alarm_tell)
{
	NEED_STORE();
	fst_alarm_touch(store);
	return JSValueMakeUndefined(ctx);
}

static NATIVE(native_delete_all)
{
	NEED_STORE();
	return fst_delete_all(store) < 0 ? throw_storage(ctx, exc) : JSValueMakeUndefined(ctx);
}

static NATIVE(native_sync)
{
	NEED_STORE();
	uint64_t seq;
	if (fst_turn_end(store, &seq) < 0)
		loop_broken(FAILURE_INTERNAL, "Error", fst_errmsg(store));
	/* The loop sends In.Synced for the latest one asked for: it covers the others. */
	atomic_store(&E.synced_wanted, seq + 1);
	return JSValueMakeNumber(ctx, (double)seq);
}

const native_entry storage_natives[] = {
	{ "kvGet", native_kv_get },
	{ "kvPut", native_kv_put },
	{ "kvDelete", native_kv_delete },
	{ "kvNext", native_kv_next },
	{ "databaseSize", native_database_size },
	{ "savepoint", native_savepoint },
	{ "release", native_release },
	{ "rollbackTo", native_rollback_to },
	{ "holdTransaction", native_hold_transaction },
	{ "alarmGet", native_alarm_get },
	{ "alarmSet", native_alarm_set },
	{ "alarmTell", native_alarm_tell },
	{ "deleteAll", native_delete_all },
	{ "sync", native_sync },
	{ NULL, NULL },
};
