//go:build linux && amd64 && cgo

/* Messages from JavaScript to Go, behind the output gate. What a turn posts is
 * staged; when the turn's transaction is committed it joins the queue with the
 * sequence number it has to wait for. The longest prefix of the queue whose
 * sequences are durable is Go's: by the lane if it is short, and if nothing else
 * waits for Go that would have to come before it; by fjs_drain otherwise. A transaction that spans turns holds answers back,
 * but not the calls that it makes itself. Console lines take a short queue of their own,
 * outside the gate, and one urgent message may overtake everything. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

enum {
	KEEP = 1 << 20,
	HIGH_WATER = 16 << 20, /* no new turn while Go has this much to take */
};

/* Queue bytes up to `end` (counted since start) wait for `seq`. */
typedef struct mark {
	uint64_t seq, end;
} mark;

static struct {
	pthread_mutex_t mutex;
	pthread_cond_t space;
	buf stage, held;       /* JavaScript thread's alone */
	buf give;              /* Go's alone, between two drains */
	buf queue, log;        /* under mutex, like the rest */
	uint64_t queue_start;  /* bytes ever removed from the queue */
	mark *marks;           /* ring */
	size_t marks_at, marks_n, marks_cap;
	uint64_t synced;
	uint32_t dropped;
	buf urgent;
	bool urgent_used, gate_closed, closed, stopping;
	int event_fd;
} out = { .mutex = PTHREAD_MUTEX_INITIALIZER, .space = PTHREAD_COND_INITIALIZER, .event_fd = -1 };

void outbox_init(int event_fd) { out.event_fd = event_fd; }
buf *outbox_stage(void) { return &out.stage; }
void outbox_drop_stage(void) { buf_shrink(&out.stage, KEEP); }
void outbox_drop_held(void) { buf_shrink(&out.held, 0); }

static void swap(buf *a, buf *b)
{
	buf t = *a;
	*a = *b;
	*b = t;
}

void outbox_stage_first(uint32_t kind, double a)
{
	buf first = { 0 };
	bool ok = rec_append(&first, kind, 0, a, (text){ 0 }, (text){ 0 }, (text){ 0 }, NULL) &&
		buf_append(&first, out.stage.p, out.stage.len);
	if (!ok)
		fail_no_memory();
	swap(&first, &out.stage);
	free(first.p);
}

/* The following, down to update, are called with the mutex held. */

static mark *mark_at(size_t i) { return &out.marks[(out.marks_at + i) % out.marks_cap]; }

static bool mark_push(uint64_t seq, uint64_t end)
{
	if (out.marks_n > 0 && mark_at(out.marks_n - 1)->seq == seq) {
		mark_at(out.marks_n - 1)->end = end;
		return true;
	}
	if (out.marks_n == out.marks_cap) {
		size_t cap = out.marks_cap ? out.marks_cap * 2 : 64;
		mark *m = malloc(cap * sizeof *m);
		if (m == NULL)
			return false;
		for (size_t i = 0; i < out.marks_n; i++)
			m[i] = *mark_at(i);
		free(out.marks);
		out.marks = m;
		out.marks_at = 0;
		out.marks_cap = cap;
	}
	out.marks_n++;
	*mark_at(out.marks_n - 1) = (mark){ seq, end };
	return true;
}

static void mark_pop(void)
{
	out.marks_at = (out.marks_at + 1) % out.marks_cap;
	out.marks_n--;
}

static bool gate_open(void)
{
	return out.marks_n > 0 && !out.gate_closed && mark_at(0)->seq <= out.synced;
}

/* Bytes at the head of the queue that are durable; their marks are removed. */
static size_t take_visible(void)
{
	uint64_t end = out.queue_start;
	while (gate_open()) {
		end = mark_at(0)->end;
		mark_pop();
	}
	return (size_t)(end - out.queue_start);
}

static void remove_head(size_t n)
{
	out.queue_start += n;
	out.queue.len -= n;
	memmove(out.queue.p, out.queue.p + n, out.queue.len);
	if (out.queue.len < HIGH_WATER)
		pthread_cond_broadcast(&out.space);
}

/* Whether what is put into the lane now comes before all that fjs_drain would
 * give: Go reads the lane first. */
static bool lane_is_next(void)
{
	return out.log.len == 0 && out.urgent.len == 0 && !out.closed;
}

/* After every change: what became durable goes by the lane if it may, and Go
 * is to learn whether it has to call fjs_drain. */
static void update(void)
{
	size_t gone = 0;
	while (lane_is_next() && gate_open()) {
		size_t end = (size_t)(mark_at(0)->end - out.queue_start);
		if (!lane_put(&fjs_out, out.queue.p + gone, end - gone))
			break;
		gone = end;
		mark_pop();
	}
	if (gone > 0)
		remove_head(gone);
	uint64_t slow = out.log.len > 0 || out.urgent.len > 0 || out.closed || gate_open();
	__atomic_store_n(&fjs_out.slow, slow, __ATOMIC_SEQ_CST);
}

/* Without the mutex, or Go would wake only to wait for it. */
void outbox_flush(void)
{
	if (!lane_empty(&fjs_out) || __atomic_load_n(&fjs_out.slow, __ATOMIC_SEQ_CST) != 0)
		lane_wake(&fjs_out, out.event_fd);
}

static void publish(uint64_t seq)
{
	if (out.stage.len == 0)
		return;
	bool ok = true;
	pthread_mutex_lock(&out.mutex);
	bool at_once = out.marks_n == 0 && seq <= out.synced && !out.gate_closed && lane_is_next();
	if (!at_once || !lane_put(&fjs_out, out.stage.p, out.stage.len)) {
		ok = mark_push(seq, out.queue_start + out.queue.len + out.stage.len);
		if (out.queue.len == 0)
			swap(&out.queue, &out.stage);
		else
			ok = ok && buf_append(&out.queue, out.stage.p, out.stage.len);
		update();
	}
	pthread_mutex_unlock(&out.mutex);
	if (!ok)
		fail_no_memory();
	buf_shrink(&out.stage, KEEP);
}

void outbox_publish(uint64_t seq)
{
	if (out.held.len > 0) { /* older than what is staged */
		if (!buf_append(&out.held, out.stage.p, out.stage.len))
			fail_no_memory();
		buf_shrink(&out.stage, 0);
		swap(&out.held, &out.stage);
	}
	publish(seq);
}

/* What an open transaction does not hold back. */
static bool passes(const fjs_rec *rec)
{
	const int64_t flag = 1 << 17; /* PASSES in messages.ts */
	if (rec->call != 0 && (rec->call & 1) == 0)
		return true;
	if (rec->kind == OUT_PART)
		return true;
	return (rec->kind == OUT_RPC_RESULT || rec->kind == OUT_ERROR) && rec->a >= 0 && rec->a < 1e9 && ((int64_t)rec->a & flag) != 0;
}

void outbox_publish_held(uint64_t seq)
{
	buf own = { 0 };
	for (size_t at = 0; at < out.stage.len;) {
		const fjs_rec *rec = (const fjs_rec *)(out.stage.p + at);
		if (!buf_append(passes(rec) ? &own : &out.held, rec, rec->size))
			fail_no_memory();
		at += rec->size;
	}
	buf_shrink(&out.stage, KEEP);
	swap(&out.stage, &own);
	free(own.p);
	publish(seq);
}

void outbox_synced(uint64_t seq)
{
	pthread_mutex_lock(&out.mutex);
	if (seq > out.synced)
		out.synced = seq;
	update();
	pthread_mutex_unlock(&out.mutex);
	outbox_flush();
}

void outbox_wait_space(void)
{
	pthread_mutex_lock(&out.mutex);
	while (out.queue.len >= HIGH_WATER && !out.stopping) {
		outbox_flush();
		pthread_cond_wait(&out.space, &out.mutex);
	}
	pthread_mutex_unlock(&out.mutex);
}

bool outbox_log(int level, const char *s, size_t n)
{
	bool kept = false;
	pthread_mutex_lock(&out.mutex);
	if (out.log.len + n + sizeof(fjs_rec) + 16 <= LOG_QUEUE_MAX &&
	    rec_append(&out.log, OUT_LOG, 0, level + 65536.0 * out.dropped, (text){ s, n }, (text){ 0 }, (text){ 0 }, NULL)) {
		out.dropped = 0;
		kept = true;
	} else if (out.dropped < UINT32_MAX) {
		out.dropped++;
	}
	update();
	bool tell = out.log.len > LOG_QUEUE_MAX / 4;
	pthread_mutex_unlock(&out.mutex);
	if (tell)
		outbox_flush();
	return kept;
}

void outbox_urgent(int failure, const char *name, const char *message, bool close_gate)
{
	pthread_mutex_lock(&out.mutex);
	if (close_gate)
		out.gate_closed = true;
	if (!out.urgent_used) {
		out.urgent_used = true;
		if (!rec_append(&out.urgent, OUT_BROKEN, 0, failure, rec_text(name), rec_text(message), (text){ 0 }, NULL))
			fail_no_memory();
	}
	update();
	pthread_mutex_unlock(&out.mutex);
	outbox_flush();
}

void outbox_close(void)
{
	pthread_mutex_lock(&out.mutex);
	out.closed = true;
	update();
	pthread_mutex_unlock(&out.mutex);
	outbox_flush();
}

void outbox_set_stopping(void)
{
	pthread_mutex_lock(&out.mutex);
	out.stopping = true;
	pthread_cond_broadcast(&out.space);
	pthread_mutex_unlock(&out.mutex);
}

void fjs_drain(fjs_view *view)
{
	pthread_mutex_lock(&out.mutex);
	buf_shrink(&out.give, KEEP);
	bool ok = true;
	if (out.log.len > 0) {
		ok = buf_append(&out.give, out.log.p, out.log.len);
		out.log.len = 0;
	}
	size_t n = take_visible();
	if (n > 0 && out.give.len == 0 && n == out.queue.len) {
		swap(&out.give, &out.queue);
		out.queue.len = 0;
		out.queue_start += n;
		pthread_cond_broadcast(&out.space);
	} else if (n > 0) {
		ok = ok && buf_append(&out.give, out.queue.p, n);
		remove_head(n);
	}
	if (out.urgent.len > 0) {
		ok = ok && buf_append(&out.give, out.urgent.p, out.urgent.len);
		out.urgent.len = 0;
	}
	if (!ok)
		fail_no_memory();
	view->data = out.give.p;
	view->size = out.give.len;
	view->tail = fjs_out.tail; /* nothing in the lane is younger than this view */
	view->closed = out.closed; /* what the gate still holds will never pass */
	update();
	pthread_mutex_unlock(&out.mutex);
}
