/* SPDX-License-Identifier: MIT */
/* Finds the JSON object of a query: an environment variable, or stdin. */
#include "cli/internal.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/secret.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char places[] = "a JSON object of strings on stdin, in a variable that "
			     "--query-env names, or as options (--help lists them)";

static int too_big(const char *where, struct err *e)
{
	return err_set(e, ERR_USAGE,
		       "%s: the query is over 64 KiB, expected "
		       "at most that",
		       where);
}

static int from_variable(const char *name, struct buf *text, struct err *e)
{
	const char *value = getenv(name);

	/* The name is not repeated: it may be the query itself, misplaced. */
	if (!value)
		return err_set(e, ERR_USAGE,
			       "--query-env: no such environment "
			       "variable, expected the name of one that holds "
			       "the query");
	if (!*value)
		return err_set(e, ERR_USAGE,
			       "--query-env: the variable is "
			       "empty, expected a JSON object of strings in it");
	if (buf_adds(text, value))
		return too_big("--query-env", e);
	return 0;
}

/* How long stdin may take: not longer than the run itself. */
static struct deadline patience(const struct query *q)
{
	struct query_value *v = query_find((struct query *)q, "timeout", false);
	struct deadline d;
	int64_t ms = 0;

	if (!v->text || deadline_parse(v->text, &ms))
		deadline_parse(q->spec->default_timeout, &ms);
	d = deadline_in(ms);
	d.stop_fd = q->spec->stop_fd;
	return d;
}

/* Waits until stdin can be read; a pipe may stay open and silent for ever. */
static int wait_readable(const struct deadline *d, struct err *e)
{
	struct pollfd p[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = d->stop_fd, .events = POLLIN },
	};
	int64_t left;

	while ((left = deadline_left_ms(d)) > 0)
		if (poll(p, 2, (int)left) > 0 && p[0].revents)
			return 0;
	if (deadline_stopped(d))
		return err_set(e, ERR_DEADLINE, "the query was still being read");
	return err_set(e, ERR_USAGE,
		       "stdin: still open after the timeout, "
		       "expected the query and then its end");
}

static int from_stdin(const struct deadline *d, struct buf *text, struct err *e)
{
	char part[4096];
	ssize_t n = 1;
	int ret = -1;

	while (n) {
		if (wait_readable(d, e))
			goto out;
		n = read(STDIN_FILENO, part, sizeof(part));
		if (n < 0 && errno == EBADF)
			break;
		if (n < 0 && errno != EINTR && errno != EAGAIN) {
			err_set(e, ERR_USAGE,
				"stdin: cannot be read (%s), "
				"expected %s",
				strerror(errno), places);
			goto out;
		}
		if (n > 0 && buf_add(text, part, (size_t)n)) {
			too_big("stdin", e);
			goto out;
		}
	}
	ret = 0;
out:
	secret_wipe(part, sizeof(part));
	return ret;
}

static bool is_blank(const struct buf *text)
{
	return strspn(buf_str(text), " \t\r\n") == text->len;
}

int query_source(const struct query *q, struct buf *text, struct err *e)
{
	const struct query_field *missing = query_missing(q);
	bool terminal = isatty(STDIN_FILENO);
	struct deadline d;

	if (q->env_name)
		return from_variable(q->env_name, text, e);
	if (!terminal && !q->spec->no_stdin) {
		d = patience(q);
		if (from_stdin(&d, text, e))
			return -1;
		if (!is_blank(text))
			return 0;
		buf_free(text);
	}
	if (!missing)
		return 0;
	return err_set(e, ERR_USAGE, "%s: required, and %s: expected %s", missing->key,
		       q->spec->no_stdin ? "stdin is the command's"
		       : terminal        ? "stdin is a terminal"
					 : "nothing on stdin",
		       places);
}
