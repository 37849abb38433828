/* SPDX-License-Identifier: MIT */
/* Progress, notes, warnings and errors on stderr, with control characters
 * masked. */
#include "base/log.h"

#include "base/deadline.h"
#include "base/timing.h"
#include "base/utf8.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1400

static struct {
	const char *program;
	const char *node;
	pthread_mutex_t lock;
} state = { .program = "helper", .lock = PTHREAD_MUTEX_INITIALIZER };

static _Thread_local const char *about;

/* The progress that was shown last; apart from what begins with a value, since all
 * of that stands in the executable. */
static struct {
	int64_t at;
	char text[LINE_MAX_BYTES];
} last;

void log_begin(const char *program, const char *node)
{
	state.program = program;
	state.node = node;
}

void log_about(const char *node)
{
	about = node;
}

/* One write a line, so that lines of several processes do not mix. */
static void put(const char *kind, const char *text)
{
	const char *node = about ? about : state.node;
	char line[LINE_MAX_BYTES + 256];
	int n = snprintf(line, sizeof(line), "%s: %s%s%s%s", state.program,
			 node ? node : "", node ? ": " : "", kind, text);
	size_t len;

	if (n < 0)
		return;
	if ((size_t)n > sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	line[n] = '\0';
	utf8_mask(line);
	len = strlen(line);
	line[len] = '\n';
	if (write(STDERR_FILENO, line, len + 1) < 0)
		return;
}

static void vput(const char *kind, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

static void vput(const char *kind, const char *fmt, va_list ap)
{
	char text[LINE_MAX_BYTES];

	vsnprintf(text, sizeof(text), fmt, ap);
	pthread_mutex_lock(&state.lock);
	put(kind, text);
	pthread_mutex_unlock(&state.lock);
}

void log_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vput("", fmt, ap);
	va_end(ap);
}

void log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vput("warning: ", fmt, ap);
	va_end(ap);
}

static bool due(const char *text)
{
	int64_t now = deadline_now_ms();
	int64_t wait = strcmp(text, last.text) ? TIMING_PROGRESS_MS
					       : TIMING_PROGRESS_SAME_MS;

	if (last.at && now - last.at < wait)
		return false;
	last.at = now;
	snprintf(last.text, sizeof(last.text), "%s", text);
	return true;
}

void log_progress(const char *fmt, ...)
{
	char text[LINE_MAX_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	pthread_mutex_lock(&state.lock);
	if (due(text))
		put("", text);
	pthread_mutex_unlock(&state.lock);
}

void log_remote(const char *line, int n)
{
	log_note("| %.*s", n, line);
}

void log_error(const char *msg)
{
	pthread_mutex_lock(&state.lock);
	put("", msg);
	pthread_mutex_unlock(&state.lock);
}
