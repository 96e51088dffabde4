//go:build linux && amd64 && cgo

/* A turn: one message, the microtasks after it, and the commit of what they
 * wrote. What was posted meanwhile leaves only behind that commit. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Messages of the engine's own, dispatched before any other. */
static buf deferred;
static size_t deferred_n;
enum { DEFERRED_MAX = 64 };

void turn_defer(uint32_t kind, uint64_t call, const char *s1)
{
	if (kind == IN_REJECTION && deferred_n >= DEFERRED_MAX)
		return; /* a flood of rejections: the first ones tell the story */
	if (rec_append(&deferred, kind, call, 0, rec_text(s1), (text){ 0 }, (text){ 0 }, NULL))
		deferred_n++;
}

bool turn_deferred(void)
{
	if (deferred.len == 0)
		return false;
	/* Turns below may defer more: those wait for the next round. */
	buf round = deferred;
	deferred = (buf){ 0 };
	deferred_n = 0;
	for (size_t at = 0; at < round.len;) {
		const fjs_rec *rec = (const fjs_rec *)(round.p + at);
		at += rec->size;
		turn_dispatch(rec);
	}
	free(round.p);
	return true;
}

/* How many of s1, s2, s3 the message has (native.d.ts); the others stay undefined.
 * Most calls have no details. */
static int strings_of(const fjs_rec *rec)
{
	switch (rec->kind) {
	case IN_LOAD:
	case IN_FETCH:
	case IN_HOST_RESPONSE:
		return 3;
	case IN_HOST_ERROR:
		return 2;
	case IN_RPC:
		return rec->s2 == 0 ? 1 : 2;
	case IN_HOST_RESULT:
		return rec->s2 == 0 ? 0 : 2;
	case IN_REJECTION:
	case IN_WS_MESSAGE:
	case IN_WS_CLOSE:
	case IN_RELEASE:
	case IN_ALARM:
		return 1;
	default:
		return 0;
	}
}

/* Flattened headers are bytes (native.d.ts). */
static bool is_latin1(uint32_t kind, int i)
{
	return (kind == IN_FETCH || kind == IN_HOST_RESPONSE) && i == 2;
}

/* A call that the supervisor opened; the runtime's own have even ids. */
static bool is_incoming(uint64_t call) { return (call & 1) != 0; }

/* Strings that most messages have, made once. */
static JSValueRef common_string(const char *p, size_t n)
{
	static struct {
		const char *text;
		JSValueRef value;
	} common[] = { { "", NULL }, { "GET", NULL }, { "POST", NULL }, { "OK", NULL } };
	for (size_t i = 0; i < sizeof common / sizeof common[0]; i++) {
		if (strlen(common[i].text) != n || memcmp(common[i].text, p, n) != 0)
			continue;
		if (common[i].value == NULL) {
			JSStringRef s = JSStringCreateWithUTF8CString(common[i].text);
			common[i].value = JSValueMakeString(E.ctx, s);
			JSStringRelease(s);
			JSValueProtect(E.ctx, common[i].value);
		}
		return common[i].value;
	}
	return NULL;
}

static void string_argument(JSValueRef *to, const char *p, size_t n, bool latin1)
{
	if (n <= 4 && (*to = common_string(p, n)) != NULL)
		return;
	JSStringRef s = latin1 ? text_from_latin1(p, n) : text_from_utf8(p, n);
	if (s == NULL)
		loop_broken(FAILURE_INTERNAL, "RangeError", "out of memory for a message");
	*to = JSValueMakeString(E.ctx, s);
	JSStringRelease(s);
}

static void call_runtime(const fjs_rec *rec)
{
	JSContextRef ctx = E.ctx;
	JSValueRef undefined = JSValueMakeUndefined(ctx);
	JSValueRef argv[7] = {
		JSValueMakeNumber(ctx, rec->kind), JSValueMakeNumber(ctx, (double)rec->call),
		JSValueMakeNumber(ctx, rec->a), undefined, undefined, undefined, undefined,
	};
	const char *p = (const char *)(rec + 1);
	const uint32_t lengths[3] = { rec->s1, rec->s2, rec->s3 };
	int count = strings_of(rec);
	for (int i = 0; i < 3; i++) {
		if (i < count)
			string_argument(&argv[3 + i], p, lengths[i], is_latin1(rec->kind, i));
		p += lengths[i] + 1;
	}
	JSValueRef exc = NULL;
	if (rec->flags & FJS_BODY)
		argv[6] = make_uint8_array(ctx, p, rec->body, &exc);
	if (exc == NULL)
		JSObjectCallAsFunction(ctx, E.on_message, NULL, 7, argv, &exc);
	if (exc == NULL || watchdog_over())
		return;
	/* The runtime lets nothing escape; should something, its call must still end. */
	char *s = value_text(ctx, exc);
	outbox_log(4, s, strlen(s));
	if (is_incoming(rec->call))
		rec_append(outbox_stage(), OUT_ERROR, rec->call, FAILURE_INTERNAL, rec_text("Error"), rec_text(s), (text){ 0 }, NULL);
	free(s);
}

void turn_dispatch(const fjs_rec *rec)
{
	if (rec->kind == IN_COMMAND) {
		command_run(rec->call);
		return;
	}
	/* An answer to a call of the runtime's own is charged by the runtime to the
	 * call that wanted it; each event of a WebSocket has an account of its own. */
	bool charge = is_incoming(rec->call) && rec->kind != IN_LOAD && rec->kind != IN_CPU_LIMIT &&
		(rec->kind < IN_WS_MESSAGE || rec->kind > IN_WS_ANSWERED);
	watchdog_enter(charge ? rec->call : 0);
	jsc.lock(E.ctx);
	call_runtime(rec);
	jsc.unlock(E.ctx); /* the outermost unlock drains the microtasks */
	turn_finish();
}

/* A termination stays pending in the engine until an entry point meets it. */
static void clear_termination(void)
{
	for (int i = 0; i < 8; i++) {
		JSStringRef source = JSStringCreateWithUTF8CString("0");
		JSValueRef exc = NULL;
		JSValueRef v = JSEvaluateScript(E.ctx, source, NULL, NULL, 1, &exc);
		JSStringRelease(source);
		if (v != NULL && exc == NULL)
			return;
	}
	loop_broken(FAILURE_INTERNAL, "Error", "the engine did not recover from the end of a script");
}

void turn_finish(void)
{
	uint64_t call = watchdog_current_call();
	int verdict = watchdog_leave();
	if (verdict == TURN_OVER) {
		outbox_drop_stage();
		storage_rollback();
		clear_termination();
		turn_defer(IN_CPU_LIMIT, call, NULL);
		return;
	}
	if (verdict == TURN_SPENT)
		turn_defer(IN_CPU_LIMIT, call, NULL);
	uint64_t seq = 0;
	char err[512];
	uint64_t before = storage_committed();
	if (!storage_commit(&seq, err, sizeof err)) {
		outbox_drop_stage();
		loop_broken(FAILURE_INTERNAL, "Error", err);
	}
	storage_tell_alarm();
	uint64_t committed = storage_committed();
	if (committed != before)
		watchdog_lapse();
	if (seq > committed) /* a number that is only promised: a transaction goes on */
		outbox_publish_held(committed);
	else
		outbox_publish(seq);
}
