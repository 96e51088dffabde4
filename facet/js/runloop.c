//go:build linux && amd64 && cgo

/* The engine's own timers and deferred work (sweeping, WebAssembly compiled in
 * the background, finalisers) live in a GLib main context
 * of the thread that made it. The event loop waits in that context's poll. */
#include "internal.h"

#include <glib.h>
#include <poll.h>

enum { FDS_MAX = 16 }; /* the context's wake-up, and room for what may come */

static GMainContext *context;
static gint priority;

bool runloop_init(void)
{
	/* The engine takes the thread's default context, so ours becomes that. */
	context = g_main_context_new();
	g_main_context_push_thread_default(context);
	return g_main_context_acquire(context);
}

void runloop_wake(void) { g_main_context_wakeup(context); }

bool runloop_poll(int timeout_ms)
{
	GPollFD fds[FDS_MAX];
	gint own = -1;
	g_main_context_prepare(context, &priority);
	gint n = g_main_context_query(context, priority, &own, fds, FDS_MAX);
	if (n > FDS_MAX)
		n = FDS_MAX;
	if (own >= 0 && (timeout_ms < 0 || own < timeout_ms))
		timeout_ms = own;
	struct pollfd polled[FDS_MAX];
	for (gint i = 0; i < n; i++) /* GLib's event bits are poll(2)'s */
		polled[i] = (struct pollfd){ .fd = fds[i].fd, .events = (short)fds[i].events };
	if (poll(polled, (nfds_t)n, timeout_ms) > 0)
		for (gint i = 0; i < n; i++)
			fds[i].revents = (gushort)polled[i].revents;
	else
		for (gint i = 0; i < n; i++)
			fds[i].revents = 0;
	return g_main_context_check(context, priority, fds, n);
}

void runloop_turn(void)
{
	watchdog_enter(0);
	g_main_context_dispatch(context);
	turn_finish();
}
