//go:build linux && amd64 && cgo

/* CPU time of the JavaScript thread, charged to calls, and its limit.
 *
 * First stage: the engine polls us from inside running JavaScript and ends the
 * turn when the call at work is over its limit; the instance lives on.
 * Second stage: what the engine cannot end (an endless chain of microtasks) is
 * seen by a thread of ours, which tells Go that the instance must be killed.
 * That thread sleeps without a timeout while no turn runs. */
#include "internal.h"

#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Accounts of calls, replaced by whoever hashes to the same place: a call whose
 * account is lost starts anew, but no turn ever gets more than the limit. */
enum { ACCOUNTS = 4096 };
static struct {
	uint64_t call, used;
} accounts[ACCOUNTS];

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake;
static clockid_t thread_clock;
static _Atomic bool told; /* the second stage fired */

/* Read by the watchdog thread. */
static _Atomic uint64_t limit_ns, grace_ns;
static _Atomic uint64_t deadline;      /* thread CPU time, ns; 0: no turn, or no limit */
static _Atomic bool sleeping;
static _Atomic uint64_t turns;

/* JavaScript thread only. */
static uint64_t turn_start, charged_from, current, spent;
static bool over;
static bool lapsed = true; /* the last reading of the clock says nothing about the next turn */
static uint64_t applied; /* the limit that the polling interval was chosen for */

/* Any thread. */
static void stuck(void)
{
	if (!atomic_exchange(&told, true))
		outbox_urgent(FAILURE_CPU_LIMIT, "Error", "the CPU limit was exceeded and the script could not be stopped", false);
}

/* The kernel's word; clock.c gives clock_gettime another meaning. */
static uint64_t cpu_now(void)
{
	struct timespec t = { 0, 0 };
	syscall(SYS_clock_gettime, CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t *account(uint64_t call)
{
	size_t i = (size_t)(call >> 1) % ACCOUNTS; /* the supervisor's ids are odd */
	if (accounts[i].call != call) {
		accounts[i].call = call;
		accounts[i].used = 0;
	}
	return &accounts[i].used;
}

static void set_deadline(uint64_t now)
{
	uint64_t limit = atomic_load_explicit(&limit_ns, memory_order_relaxed);
	if (limit == 0) {
		atomic_store(&deadline, 0);
		return;
	}
	uint64_t at = turn_start + limit;
	if (current != 0) {
		uint64_t used = *account(current);
		uint64_t own = used < limit ? now + limit - used : now;
		if (own < at)
			at = own;
	}
	atomic_store(&deadline, at);
}

static bool poll(JSContextRef ctx, void *unused);

void watchdog_apply_limit(void)
{
	/* How often the engine asks: rarely, because asking throws away compiled
	 * code; often enough for a short limit to mean something. */
	uint64_t limit = atomic_load(&limit_ns);
	double every = 0.05;
	if (limit != 0 && limit < 200000000)
		every = (double)limit / 4e9;
	if (every < 0.002)
		every = 0.002;
	jsc.set_time_limit(E.group, every, poll, NULL);
	applied = limit;
}

static bool limit_reached(void)
{
	uint64_t at = atomic_load_explicit(&deadline, memory_order_relaxed);
	if (at != 0 && !over)
		over = cpu_now() >= at;
	return over;
}

static bool poll(JSContextRef ctx, void *unused)
{
	(void)ctx;
	(void)unused;
	if (limit_reached())
		return true;
	/* The engine asks once; who says no has to set the limit again. */
	watchdog_apply_limit();
	return false;
}

int watchdog_interrupt(void *unused)
{
	(void)unused;
	return limit_reached();
}

void fjs_set_cpu_limit(uint64_t limit, uint64_t grace)
{
	atomic_store(&limit_ns, limit);
	if (grace != 0)
		atomic_store(&grace_ns, grace);
}

void watchdog_enter(uint64_t call)
{
	if (atomic_load_explicit(&limit_ns, memory_order_relaxed) != applied)
		watchdog_apply_limit();
	over = false;
	current = call;
	/* Messages that wait are taken one right after the other: the end of a turn is
	 * the start of the next one, and one system call less. */
	if (lapsed)
		charged_from = cpu_now();
	lapsed = false;
	turn_start = charged_from;
	set_deadline(turn_start);
	atomic_fetch_add_explicit(&turns, 1, memory_order_relaxed);
	if (atomic_load(&sleeping)) {
		pthread_mutex_lock(&mutex);
		pthread_cond_signal(&wake);
		pthread_mutex_unlock(&mutex);
	}
}

static void charge(uint64_t now)
{
	spent += now - charged_from;
	if (current != 0)
		*account(current) += now - charged_from;
	charged_from = now;
}

void watchdog_charge(uint64_t call)
{
	if (call == current)
		return;
	/* Who goes on from nobody's turn pays for its beginning. */
	uint64_t now = current == 0 ? charged_from : cpu_now();
	charge(now);
	current = call;
	set_deadline(now);
}

void watchdog_lapse(void) { lapsed = true; }

uint64_t watchdog_current_call(void) { return current; }

uint64_t watchdog_spent(void) { return spent; }
bool watchdog_over(void) { return over; }

int watchdog_leave(void)
{
	uint64_t limit = atomic_load(&limit_ns);
	uint64_t before = current != 0 ? *account(current) : 0;
	charge(cpu_now());
	atomic_store(&deadline, 0);
	if (over)
		return TURN_OVER;
	if (limit == 0 || current == 0)
		return TURN_FINE;
	uint64_t used = *account(current);
	if (used >= 2 * limit) /* it was told to end, and goes on in small turns */
		stuck();
	return before < limit && used >= limit ? TURN_SPENT : TURN_FINE;
}

static void *watch(void *unused)
{
	(void)unused;
	uint64_t seen = 0;
	pthread_mutex_lock(&mutex);
	for (;;) {
		uint64_t at = atomic_load(&deadline), count = atomic_load(&turns);
		if (at == 0 && count == seen) {
			atomic_store(&sleeping, true);
			/* A turn that began just now did not see `sleeping`: look again. */
			if (atomic_load(&deadline) == 0)
				pthread_cond_wait(&wake, &mutex);
			atomic_store(&sleeping, false);
			continue;
		}
		seen = count;
		uint64_t grace = atomic_load(&grace_ns);
		if (at != 0 && clock_ns(thread_clock) > at + grace && atomic_load(&deadline) == at) {
			stuck();
		}
		struct timespec next;
		clock_gettime(CLOCK_MONOTONIC, &next);
		next.tv_nsec += 50000000;
		if (next.tv_nsec >= 1000000000) {
			next.tv_nsec -= 1000000000;
			next.tv_sec++;
		}
		pthread_cond_timedwait(&wake, &mutex, &next);
		outbox_flush(); /* console lines of a long turn */
	}
	return NULL;
}

bool watchdog_start(void)
{
	if (pthread_getcpuclockid(pthread_self(), &thread_clock) != 0)
		return false;
	pthread_condattr_t attr;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&wake, &attr);
	pthread_condattr_destroy(&attr);
	pthread_attr_t thread_attr;
	pthread_attr_init(&thread_attr);
	pthread_attr_setstacksize(&thread_attr, 256 << 10); /* libraries' thread-local data included */
	pthread_attr_setdetachstate(&thread_attr, PTHREAD_CREATE_DETACHED);
	pthread_t thread;
	int rc = pthread_create(&thread, &thread_attr, watch, NULL);
	pthread_attr_destroy(&thread_attr);
	return rc == 0;
}
