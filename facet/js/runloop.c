//go:build linux && amd64 && cgo

/* The engine's own timers and deferred work (sweeping, WebAssembly compiled in
 * the background, finalisers) live in a GLib main context
 * of the thread that made it. The event loop waits in that context's poll. */
#include "internal.h"

#include <glib.h>
#include <poll.h>
#include <unistd.h>

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

bool runloop_poll(int timeout_ms, int wake_fd)
{
	GPollFD fds[FDS_MAX];
	gint own = -1;
	g_main_context_prepare(context, &priority);
	gint n = g_main_context_query(context, priority, &own, fds, FDS_MAX);
	if (n > FDS_MAX)
		n = FDS_MAX;
	if (own >= 0 && (timeout_ms < 0 || own < timeout_ms))
		timeout_ms = own;
	struct pollfd polled[FDS_MAX + 1];
	for (gint i = 0; i < n; i++) /* GLib's event bits are poll(2)'s */
		polled[i] = (struct pollfd){ .fd = fds[i].fd, .events = (short)fds[i].events };
	polled[n] = (struct pollfd){ .fd = wake_fd, .events = POLLIN };
	if (poll(polled, (nfds_t)n + 1, timeout_ms) <= 0)
		for (gint i = 0; i <= n; i++)
			polled[i].revents = 0;
	for (gint i = 0; i < n; i++)
		fds[i].revents = (gushort)polled[i].revents;
	if (polled[n].revents & POLLIN) {
		uint64_t count;
		ssize_t ignored = read(wake_fd, &count, sizeof count);
		(void)ignored; /* a look too many at the inbox does no harm */
	}
	return g_main_context_check(context, priority, fds, n);
}

void runloop_turn(void)
{
	watchdog_enter(0);
	g_main_context_dispatch(context);
	turn_finish();
}
