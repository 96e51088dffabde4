//go:build linux && amd64 && cgo

/* The event loop of the JavaScript thread. */
#include "internal.h"

#include <unistd.h>

/* Turns between two looks at whether Go should be woken: many answers, one wake-up. */
enum { TURNS_PER_FLUSH = 16 };

static void timer_turn(void)
{
	E.timer_at = -1;
	const fjs_rec rec = { .kind = IN_TIMER, .size = sizeof rec };
	turn_dispatch(&rec);
}

static void synced_turn(void)
{
	if (E.synced_wanted == 0 || storage_synced() < E.synced_wanted)
		return;
	const fjs_rec rec = { .kind = IN_SYNCED, .a = (double)E.synced_wanted, .size = sizeof rec };
	E.synced_wanted = 0;
	turn_dispatch(&rec);
}

static bool timer_due(void)
{
	return E.timer_at >= 0 && clock_ns(CLOCK_MONOTONIC) >= (uint64_t)E.timer_at;
}

static void work(void)
{
	int turns = 0;
	while (E.work_at < E.work.len) {
		outbox_wait_space();
		const fjs_rec *rec = (const fjs_rec *)(E.work.p + E.work_at);
		E.work_at += rec->size;
		turn_dispatch(rec);
		while (turn_deferred())
			;
		if (timer_due()) /* a stream of messages must not starve the timers */
			timer_turn();
		synced_turn();
		if (++turns % TURNS_PER_FLUSH == 0)
			outbox_flush();
	}
}

void *loop_run(void *unused)
{
	for (;;) {
		if (!inbox_try()) {
			outbox_flush();
			storage_idle();
			switch (inbox_wait()) {
			case WAKE_TIMER:
				outbox_wait_space();
				timer_turn();
				break;
			case WAKE_SYNCED:
				synced_turn();
				break;
			default:
				break;
			}
		}
		while (turn_deferred())
			;
		work();
		if (E.stopped)
			return unused;
	}
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
	rec_append(outbox_stage(), OUT_BROKEN, 0, failure, rec_text(name), rec_text(message), (text){ 0 }, NULL);
	outbox_publish(storage_committed());
	park();
}
