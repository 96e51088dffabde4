//go:build linux && amd64 && cgo

/* The event loop of the JavaScript thread. */
#include "internal.h"

#include <unistd.h>

/* How long an answer may wait for others to wake Go together, in ns. */
enum { COALESCE = 50000 };

/* Turns between two looks at the engine's own work while messages wait. */
enum { RUNLOOP_EVERY = 64 };

static void timer_turn(void)
{
	E.timer_at = -1;
	const fjs_rec rec = { .kind = IN_TIMER, .size = sizeof rec };
	turn_dispatch(&rec);
}

static void synced_turn(void)
{
	uint64_t wanted = atomic_load(&E.synced_wanted);
	if (wanted == 0 || storage_synced() < wanted - 1)
		return;
	const fjs_rec rec = { .kind = IN_SYNCED, .a = (double)(wanted - 1), .size = sizeof rec };
	atomic_store(&E.synced_wanted, 0);
	turn_dispatch(&rec);
}

/* What a turn left to do, before anything new. */
static void settle(void)
{
	do
		synced_turn();
	while (!E.stopped && turn_deferred());
}

static void work(void)
{
	uint64_t flushed = clock_ns(CLOCK_MONOTONIC);
	for (int turns = 1; E.work_at < E.work.len && !E.stopped; turns++) {
		outbox_wait_space();
		const fjs_rec *rec = (const fjs_rec *)(E.work.p + E.work_at);
		E.work_at += rec->size;
		turn_dispatch(rec);
		settle();
		/* A stream of messages must starve neither timers nor the engine's own work. */
		uint64_t now = clock_ns(CLOCK_MONOTONIC);
		if (E.timer_at >= 0 && now >= (uint64_t)E.timer_at)
			timer_turn();
		if (turns % RUNLOOP_EVERY == 0 && runloop_poll(0, -1))
			runloop_turn();
		settle();
		if (now - flushed >= COALESCE) {
			outbox_flush();
			flushed = now;
		}
	}
}

/* The engine collects when it allocates. An instance that falls quiet would keep
 * its garbage: it is collected after a while, if there was work to speak of. */
static const int64_t quiet = 2000000000;       /* ns of wall time */
static const uint64_t work_to_speak_of = 10000000; /* ns of CPU time */
static uint64_t collected_at; /* in terms of watchdog_spent */

static void plan_collection(void)
{
	E.collect_at = -1;
	if (watchdog_spent() - collected_at >= work_to_speak_of)
		E.collect_at = (int64_t)clock_ns(CLOCK_MONOTONIC) + quiet;
}

static void collect(void)
{
	watchdog_enter(0);
	jsc.lock(E.ctx);
	jsc.collect(E.ctx);
	jsc.unlock(E.ctx);
	turn_finish();
	collected_at = watchdog_spent();
}

void *loop_run(void *unused)
{
	while (!E.stopped) {
		if (!inbox_try()) {
			outbox_flush();
			storage_idle();
			plan_collection();
			int woken = inbox_wait();
			watchdog_lapse();
			switch (woken) {
			case WAKE_TIMER:
				outbox_wait_space();
				timer_turn();
				break;
			case WAKE_RUNLOOP:
				runloop_turn();
				break;
			case WAKE_COLLECT:
				collect();
				break;
			default:
				break;
			}
			settle();
		}
		work();
	}
	return unused;
}

static _Noreturn void park(void)
{
	outbox_flush();
	inbox_until_stopping();
	command_stop();
	for (;;)
		pause();
}

_Noreturn void loop_broken(int failure, const char *name, const char *message)
{
	inbox_close(); /* before Go can learn of it */
	storage_rollback();
	outbox_drop_stage();
	outbox_drop_held();
	rec_append(outbox_stage(), OUT_BROKEN, 0, failure, rec_text(name), rec_text(message), (text){ 0 }, NULL);
	outbox_publish(storage_committed());
	park();
}
