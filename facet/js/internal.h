/* Shared by the C files of the engine; nothing here is visible to Go. Unless a
 * comment says otherwise a function runs on the JavaScript thread. */
#ifndef FJS_INTERNAL_H
#define FJS_INTERNAL_H

#include <JavaScriptCore/JavaScript.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "js.h"

/* Message kinds; see facet/workers/src/messages.ts. */
enum {
	IN_LOAD = 1, IN_FETCH = 2, IN_CHUNK = 3, IN_CREDIT = 4, IN_RPC = 5,
	IN_CANCEL = 6, IN_TIMER = 7, IN_SYNCED = 8, IN_CPU_LIMIT = 9, IN_REJECTION = 10,
	IN_HOST_RESPONSE = 11, IN_HOST_RESULT = 12, IN_HOST_ERROR = 13, IN_CALLBACK = 14,
	IN_WS_MESSAGE = 19, IN_WS_CLOSE = 20, IN_WS_ANSWERED = 21,
	IN_RELEASE = 15, IN_ALARM = 23,
	IN_COMMAND = 0x1000, /* `call` is a command's address, 0 for the stop; never from outside */
};
enum { OUT_RESPONSE = 2, OUT_RPC_RESULT = 4, OUT_ERROR = 5, OUT_BROKEN = 7, OUT_LOG = 8, OUT_HOST_FETCH = 9, OUT_ALARM = 20, OUT_PART = 24 };
/* facet.v1.Failure.Kind */
enum { FAILURE_CPU_LIMIT = 2, FAILURE_INTERNAL = 7 };

enum { LOG_LINE_MAX = 8 << 10, LOG_QUEUE_MAX = 256 << 10 };

/* ---- buffer.c: growable bytes and records (any thread, own data only) ---- */
typedef struct buf {
	uint8_t *p;
	size_t len, cap;
} buf;

bool buf_reserve(buf *b, size_t extra);
bool buf_append(buf *b, const void *data, size_t n);
void buf_shrink(buf *b, size_t keep); /* empty it; free it when larger than keep */

typedef struct text {
	const char *p; /* NULL: absent */
	size_t n;
} text;

bool rec_append(buf *b, uint32_t kind, uint64_t call, double a, text s1, text s2, text s3, const text *body);
text rec_text(const char *s);

uint64_t clock_ns(clockid_t id); /* any thread */
_Noreturn void fail_no_memory(void); /* any thread */

/* ---- lane.c: the C side of js.h's lanes ---- */
/* Copies n bytes of records, contiguous, and publishes them; false: no room. One
 * caller at a time. */
bool lane_put(fjs_lane *lane, const void *recs, size_t n);
void lane_take(fjs_lane *lane, buf *to); /* appends all that is there */
bool lane_empty(fjs_lane *lane);
void lane_wake(fjs_lane *lane, int fd); /* any thread: wake the reader, if it waits */

/* ---- private.c: entry points that the library exports without a header ---- */
typedef bool (*should_terminate)(JSContextRef, void *);
typedef struct private_api {
	void (*set_time_limit)(JSContextGroupRef, double seconds, should_terminate, void *);
	void (*lock)(JSContextRef);
	void (*unlock)(JSContextRef);
	void (*set_rejection_callback)(JSGlobalContextRef, JSObjectRef, JSValueRef *);
	void (*set_eval_enabled)(JSGlobalContextRef, bool, JSStringRef);
	bool (*configure_signal_for_gc)(int);
	void (*disable_gc_timer)(void);
	void (*collect)(JSContextRef);
} private_api;
extern private_api jsc;
bool private_load(char *err, size_t err_size);

/* ---- engine.c ---- */
typedef struct engine {
	fjs_config config;
	pthread_t thread;
	JSContextGroupRef group;
	JSGlobalContextRef ctx;
	JSObjectRef native;      /* protected */
	JSObjectRef on_message;  /* protected; what the runtime set */
	buf work;                /* inbox records being dispatched */
	size_t work_at;
	int64_t timer_at;        /* CLOCK_MONOTONIC ns; -1: none */
	int64_t collect_at;      /* likewise: garbage collection, should all be quiet till then */
	_Atomic uint64_t synced_wanted; /* 1 + the sequence that In.Synced was asked for; 0: none */
	bool stopped;            /* the stop command ran */
} engine;
extern engine E;
extern const int gc_signal;

JSValueRef script_evaluate(JSStringRef source, const char *name, JSValueRef *exc);
char *value_text(JSContextRef ctx, JSValueRef v); /* malloc; never NULL unless out of memory */

/* ---- warm.c ---- */
void warm_up(void);

/* ---- inbox.c ---- */
enum { WAKE_WORK, WAKE_TIMER, WAKE_SYNCED, WAKE_RUNLOOP, WAKE_COLLECT };
void inbox_init(size_t limit, int wake_fd);
int inbox_wait(void);            /* waits for work; WAKE_WORK fills E.work */
bool inbox_try(void);            /* E.work filled without waiting */
void inbox_kick(void);           /* any thread: look again */
int inbox_push(const void *rec, size_t n, bool force); /* any thread */
void inbox_close(void);          /* later commits get FJS_CLOSED */
void inbox_until_stopping(void); /* wait for fjs_stop */
bool inbox_stopping(void);
void inbox_set_stopping(void);   /* any thread */

/* ---- runloop.c ---- */
bool runloop_init(void); /* before the engine's context is made */
/* Waits for wake_fd too, and empties it. A negative timeout is none. True:
 * runloop_turn is due. */
bool runloop_poll(int timeout_ms, int wake_fd);
void runloop_turn(void);

/* ---- outbox.c ---- */
void outbox_init(int event_fd);
buf *outbox_stage(void);                /* this turn's messages */
void outbox_stage_first(uint32_t kind, double a); /* before those; a message with a number only */
void outbox_drop_stage(void);
void outbox_drop_held(void); /* answers whose transaction is rolled back */
void outbox_publish(uint64_t seq);      /* stage → queue, behind seq */
/* While a transaction spans turns: calls of the runtime's own, and answers to
 * callbacks, which those wait for, are published behind seq, which was committed
 * before it; the rest waits for outbox_publish. */
void outbox_publish_held(uint64_t seq);
void outbox_flush(void);                /* any thread: tell Go what is due */
void outbox_wait_space(void);           /* until Go has taken enough, or stop */
bool outbox_log(int level, const char *s, size_t n);
void outbox_urgent(int failure, const char *name, const char *message, bool close_gate); /* any thread */
void outbox_set_stopping(void);         /* any thread: outbox_wait_space returns */
void outbox_close(void);                /* nothing will follow */
void outbox_synced(uint64_t seq);       /* any thread */

/* ---- turn.c, loop.c ---- */
void *loop_run(void *unused);
void turn_dispatch(const fjs_rec *rec);
void turn_finish(void); /* charge, commit, publish */
void turn_defer(uint32_t kind, uint64_t call, const char *s1); /* a message of the engine's own */
bool turn_deferred(void);
_Noreturn void loop_broken(int failure, const char *name, const char *message);

/* ---- store.c: the engine's one store; without one, these do nothing ---- */
bool storage_commit(uint64_t *seq, char *err, size_t err_size);
void storage_rollback(void);
uint64_t storage_committed(void);
uint64_t storage_synced(void);
void storage_idle(void);
int storage_open(int db_fd, int wal_fd, uint32_t max_pages, uint64_t heap_bytes, uint32_t wal_frames, char *err, size_t err_size);
bool storage_close(char *err, size_t err_size);
void storage_tell_alarm(void); /* stage OUT_ALARM where a commit changed the alarm */

/* ---- command.c ---- */
void command_run(uint64_t pointer);
void command_stop(void); /* run fjs_stop's request, if there is one */

/* ---- watchdog.c ---- */
bool watchdog_start(void);
void watchdog_apply_limit(void);
void watchdog_enter(uint64_t call);
void watchdog_lapse(void); /* CPU time was spent that the next turn does not owe */
void watchdog_charge(uint64_t call); /* native.setCall */
uint64_t watchdog_current_call(void);
enum {
	TURN_FINE,
	TURN_SPENT, /* the call's budget ran out in this turn, which is valid */
	TURN_OVER,  /* the turn was ended, or must count as ended */
};
int watchdog_leave(void);
uint64_t watchdog_spent(void); /* CPU time of all turns, ns */
bool watchdog_over(void); /* this turn is to be ended, or was */
int watchdog_interrupt(void *unused); /* SQLite's progress handler asks */

/* ---- text.c ---- */
JSStringRef text_from_utf8(const char *p, size_t n);   /* p[n] must be NUL */
JSStringRef text_from_latin1(const char *p, size_t n); /* p[n] must be NUL */
char *text_to_utf8(JSStringRef s, size_t *n);          /* malloc, NUL-terminated */
char *text_of(JSContextRef ctx, JSValueRef v, size_t *n, JSValueRef *exc);
JSStringRef text_from_bytes(const char *p, size_t n);
bool text_is_utf8(const uint8_t *p, size_t n);
bool text_narrow(char *p, size_t *n);                  /* UTF-8 → Latin-1 in place */
size_t utf8_decode(const uint8_t *p, size_t n, uint16_t *out, bool *bad);
size_t utf8_encode(const uint16_t *p, size_t n, uint8_t *out);

/* ---- text_bind.c ---- */
bool domain_init(void);
char *domain_to_ascii(const char *domain, size_t n, bool strict); /* malloc; NULL: not a domain */

/* ---- value.c: C helpers over the C API ---- */
bool values_init(void);
JSValueRef throw_error(JSContextRef ctx, JSValueRef *exc, const char *class_name, const char *message);
bool bytes_of(JSContextRef ctx, JSValueRef v, uint8_t **p, size_t *n, JSValueRef *exc);
JSValueRef make_array_buffer(JSContextRef ctx, const void *p, size_t n, JSValueRef *exc);
JSObjectRef make_uint8_array(JSContextRef ctx, const void *p, size_t n, JSValueRef *exc);
JSValueRef make_string(JSContextRef ctx, const char *p, size_t n); /* p[n] must be NUL */

/* ---- natives.c and its parts ---- */
#define NATIVE(name) \
	JSValueRef name(JSContextRef ctx, JSObjectRef function, JSObjectRef self, size_t argc, const JSValueRef argv[], JSValueRef *exc)
typedef struct native_entry {
	const char *name;
	JSObjectCallAsFunctionCallback call;
} native_entry;
/* The runtime is trusted, but a wrong call must not read past argv. */
#define NEED(count) \
	do { \
		if (argc < (count)) \
			return throw_error(ctx, exc, "TypeError", "too few arguments for a native function"); \
	} while (0)
bool natives_install(char *err, size_t err_size);
extern const native_entry message_natives[], text_natives[], hash_natives[], storage_natives[], sql_natives[];

#endif
