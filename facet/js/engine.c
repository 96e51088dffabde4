//go:build linux && amd64 && cgo

/* Start of the engine: its thread, its options, its context. One per process,
 * because JavaScriptCore's options and signal handlers are per process. */
#include "internal.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

engine E = { .timer_at = -1, .collect_at = -1 };

/* JavaScriptCore suspends its threads with a signal. Go's runtime handles every
 * number but 32 to 34 (runtime/sigtab_linux_generic.go), glibc keeps 32 and 33. */
const int gc_signal = 34;

static struct {
	pthread_mutex_t mutex;
	pthread_cond_t done;
	int state; /* 0 not started, 1 starting, 2 running, 3 failed */
	char error[512];
} start = { .mutex = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER };

JSValueRef script_evaluate(JSStringRef source, const char *name, JSValueRef *exc)
{
	JSStringRef url = JSStringCreateWithUTF8CString(name);
	JSValueRef v = JSEvaluateScript(E.ctx, source, NULL, url, 1, exc);
	JSStringRelease(url);
	return v;
}

char *value_text(JSContextRef ctx, JSValueRef v)
{
	size_t n;
	JSValueRef exc = NULL;
	char *s = text_of(ctx, v, &n, &exc);
	return s != NULL ? s : strdup("(a value that has no text)");
}

static void describe(const char *what, JSValueRef exc)
{
	char *s = exc ? value_text(E.ctx, exc) : NULL;
	snprintf(start.error, sizeof start.error, "%s: %s", what, s ? s : "ended");
	free(s);
}

static bool evaluate_runtime(void)
{
	JSStringRef source = text_from_utf8(E.config.runtime, strlen(E.config.runtime));
	free((void *)E.config.runtime);
	E.config.runtime = NULL;
	if (source == NULL) {
		snprintf(start.error, sizeof start.error, "out of memory for the runtime script");
		return false;
	}
	JSValueRef exc = NULL;
	script_evaluate(source, "facetd:runtime", &exc);
	JSStringRelease(source);
	if (exc != NULL) {
		describe("the runtime script failed", exc);
		return false;
	}
	JSStringRef key = JSStringCreateWithUTF8CString("onMessage");
	JSValueRef v = JSObjectGetProperty(E.ctx, E.native, key, NULL);
	JSStringRelease(key);
	if (v == NULL || !JSValueIsObject(E.ctx, v) || !JSObjectIsFunction(E.ctx, (JSObjectRef)v)) {
		snprintf(start.error, sizeof start.error, "the runtime script did not set __native.onMessage to a function");
		return false;
	}
	JSValueProtect(E.ctx, v);
	E.on_message = (JSObjectRef)v;
	return true;
}

/* eval and Function (of every kind) end here; JSEvaluateScript does not. */
static void disable_eval(void)
{
	JSStringRef text = JSStringCreateWithUTF8CString("Code generation from strings disallowed for this context");
	jsc.set_eval_enabled(E.ctx, false, text);
	JSStringRelease(text);
}

static bool boot(void)
{
	/* Options are read once, when the first context is made. */
	if (!E.config.jit)
		setenv("JSC_useJIT", "0", 1);
	jsc.configure_signal_for_gc(gc_signal);
	/* Its timer for idle collection needs a main run loop, which only an
	 * application of WebKit's has (MemoryPressureHandler crashes without); loop.c
	 * collects instead. */
	jsc.disable_gc_timer();
	if (!runloop_init()) {
		snprintf(start.error, sizeof start.error, "the thread's run loop could not be made");
		return false;
	}
	E.group = JSContextGroupCreate();
	E.ctx = JSGlobalContextCreateInGroup(E.group, NULL);
	if (!E.config.jit)
		unsetenv("JSC_useJIT");
	if (E.ctx == NULL) {
		snprintf(start.error, sizeof start.error, "JavaScriptCore made no context");
		return false;
	}
	if (!values_init()) {
		snprintf(start.error, sizeof start.error, "JavaScriptCore's global object lacks a built-in class");
		return false;
	}
	if (!domain_init()) {
		snprintf(start.error, sizeof start.error, "ICU has no data for domain names");
		return false;
	}
	if (!natives_install(start.error, sizeof start.error))
		return false;
	watchdog_apply_limit();
	warm_up();
	if (!evaluate_runtime())
		return false;
	disable_eval();
	return true;
}

/* JavaScriptCore handles some synchronous signals (traps in compiled code) and
 * passes on what is not its own. Go's handler, which it calls then, insists on
 * the alternative stack, and so do Go's threads: a goroutine's stack is small. */
static void handlers_on_alternative_stack(void)
{
	static const int numbers[] = { SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE };
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		struct sigaction action;
		if (sigaction(numbers[i], NULL, &action) != 0)
			continue;
		if (!(action.sa_flags & SA_SIGINFO) || action.sa_flags & SA_ONSTACK)
			continue;
		action.sa_flags |= SA_ONSTACK;
		sigaction(numbers[i], &action, NULL);
	}
}

static void *run(void *unused)
{
	bool ok = watchdog_start() && boot();
	handlers_on_alternative_stack();
	pthread_mutex_lock(&start.mutex);
	if (!ok && start.error[0] == 0)
		snprintf(start.error, sizeof start.error, "the watchdog thread could not be started");
	start.state = ok ? 2 : 3;
	pthread_cond_signal(&start.done);
	pthread_mutex_unlock(&start.mutex);
	return ok ? loop_run(unused) : NULL;
}

/* The engine's threads take no signal that is meant for the process: Go's
 * handlers must not run on them. Helper threads inherit the mask. */
static int create_thread(void)
{
	sigset_t block, old;
	sigfillset(&block);
	static const int open[] = { SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT, SIGSYS };
	for (size_t i = 0; i < sizeof open / sizeof open[0]; i++)
		sigdelset(&block, open[i]);
	sigdelset(&block, gc_signal);
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	int rc = pthread_attr_setstacksize(&attr, E.config.stack_bytes);
	if (rc == 0) {
		pthread_sigmask(SIG_SETMASK, &block, &old);
		rc = pthread_create(&E.thread, &attr, run, NULL);
		pthread_sigmask(SIG_SETMASK, &old, NULL);
	}
	pthread_attr_destroy(&attr);
	return rc;
}

int fjs_start(const fjs_config *config, char *err, size_t err_size)
{
	pthread_mutex_lock(&start.mutex);
	int rc = FJS_FAILED;
	if (start.state != 0) {
		snprintf(err, err_size, "the engine was started before: a process has one");
		free((void *)config->runtime);
	} else if (!private_load(err, err_size)) {
		free((void *)config->runtime);
	} else {
		start.state = 1;
		E.config = *config;
		inbox_init(config->inbox_bytes, config->wake_fd);
		outbox_init(config->event_fd);
		fjs_set_cpu_limit(config->cpu_limit_ns, config->cpu_grace_ns);
		int code = create_thread();
		if (code != 0) {
			start.state = 3;
			snprintf(start.error, sizeof start.error, "starting the JavaScript thread: %s", strerror(code));
		}
		while (start.state == 1)
			pthread_cond_wait(&start.done, &start.mutex);
		if (start.state == 2)
			rc = FJS_OK;
		else
			snprintf(err, err_size, "%s", start.error);
	}
	pthread_mutex_unlock(&start.mutex);
	return rc;
}
