/* SPDX-License-Identifier: MIT */
/* Errors: a kind, one line of text, and the exit code of each kind. */
#include "base/err.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const unsigned char exit_codes[] = {
	[ERR_NONE] = 0,      [ERR_REFUSED] = 1,     [ERR_USAGE] = 2,
	[ERR_DEADLINE] = 3,  [ERR_UNREACHABLE] = 4, [ERR_HOST_KEY] = 1,
	[ERR_AUTH] = 1,      [ERR_NO_ENGINE] = 1,   [ERR_NOT_MANAGER] = 1,
	[ERR_LOCKED] = 1,    [ERR_NO_LEADER] = 1,   [ERR_CONFLICT] = 1,
	[ERR_NOT_FOUND] = 1, [ERR_BUSY] = 4,        [ERR_LOCAL] = 1,
};

/* What a remote host wrote may end up in a message; it must neither start a
 * second line nor drive the reader's terminal, hence utf8_mask. */
int err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	e->kind = kind;
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	utf8_mask(e->msg);
	return -1;
}

int err_no_memory(struct err *e)
{
	return err_set(e, ERR_LOCAL, "out of memory");
}

int err_wrap(struct err *e, const char *fmt, ...)
{
	char old[sizeof(e->msg)];
	va_list ap;
	int n;

	memcpy(old, e->msg, sizeof(old));
	va_start(ap, fmt);
	n = vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n + 3 < sizeof(e->msg))
		snprintf(e->msg + n, sizeof(e->msg) - (size_t)n, ": %.*s",
			 (int)(sizeof(e->msg) - (size_t)n - 3), old);
	utf8_mask(e->msg);
	return -1;
}

int err_as(struct err *e, enum err_kind kind)
{
	e->kind = kind;
	return -1;
}

bool err_is(const struct err *e, unsigned kinds)
{
	return (kinds & ERR_KIND(e->kind)) != 0;
}

int err_exit(enum err_kind kind)
{
	return exit_codes[kind];
}
