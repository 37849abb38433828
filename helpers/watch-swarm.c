/* SPDX-License-Identifier: MIT */
/*
 * watch-swarm - a person's tool: what a swarm's nodes, services and tasks do, as it happens.
 */
#include "base/buf.h"
#include "cli/command.h"
#include "cli/helper.h"
#include "cli/target.h"
#include "watch/feed.h"
#include "watch/line.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define PENDING_MAX (64u << 20) /* bytes that wait for whoever reads stdout */

static const struct query_field fields[] = {
	{ "managers", QUERY_HOSTS,
	  .meaning = "other managers: the first that answers "
		     "is used, and when it goes the next",
	  .example = "10.0.1.12,admin@10.0.1.13:2222" },
	{ "json", QUERY_CHOICE, .fallback = "false", .choices = "false|true",
	  .meaning = "whether to print a line of JSON for each change, for scripts; "
		     "--json alone means true",
	  .example = "true" },
	{ 0 },
};

static const struct helper_output outputs[] = {
	{ "(a stream)",
	  "with json stdout is no single object, but one for each change, a "
	  "line each, until this is ended: docs/watch.md has their keys" },
	{ 0 },
};

/* ---- lines for scripts ---- */

/* Under the feed's lock. */
struct lines {
	struct buf pending;
	bool whole_told;
};

static void add_change(void *ctx, const struct watch_change *c)
{
	struct lines *l = ctx;

	watch_line_change(&l->pending, c);
}

static void add_status(void *ctx, const struct watch_status *s)
{
	struct lines *l = ctx;

	watch_line_status(&l->pending, s);
}

static void add_whole(void *ctx, const struct watch_model *m)
{
	struct lines *l = ctx;

	if (!l->whole_told)
		watch_line_whole(&l->pending, m);
	l->whole_told = true;
}

/* What a loop of the run waits for. */
struct waits {
	int signals;
	struct command ended; /* no command: a signal to end ends this */
};

/* Waits until `fd` can be read or, with `out`, stdout be written; false once a signal to end
 * has come. */
static bool wait_for(struct waits *w, int fd, bool out)
{
	struct pollfd p[] = {
		{ .fd = w->signals, .events = POLLIN },
		{ .fd = out ? STDOUT_FILENO : fd, .events = out ? POLLOUT : POLLIN },
		/* that whoever reads has gone is seen without writing, too */
		{ .fd = STDOUT_FILENO },
	};

	if (poll(p, 3, -1) < 0)
		return errno == EINTR;
	if (p[0].revents)
		command_take(&w->ended);
	return !w->ended.over && !(p[2].revents & POLLERR);
}

/* Writes in pieces that a pipe with any room takes whole. Whoever has read enough ends this:
 * 1. */
static int write_out(struct waits *w, struct buf *b, struct err *e)
{
	size_t at = 0;

	while (at < b->len) {
		size_t n = b->len - at < PIPE_BUF ? b->len - at : PIPE_BUF;
		ssize_t done;

		if (!wait_for(w, -1, true))
			return 1;
		done = write(STDOUT_FILENO, b->data + at, n);
		if (done < 0 && errno == EPIPE)
			return 1;
		if (done < 0 && errno != EINTR && errno != EAGAIN)
			return err_set(e, ERR_LOCAL, "stdout: cannot be written (%s)",
				       strerror(errno));
		at += done > 0 ? (size_t)done : 0;
	}
	buf_drop(b, b->len);
	return 0;
}

static int print_lines(struct watch_feed *f, struct lines *l, struct waits *w,
		       struct err *e)
{
	struct buf out = BUF_INIT(PENDING_MAX);
	int ret = 0;

	while (!ret && wait_for(w, watch_feed_fd(f), false)) {
		struct buf empty = out;

		watch_feed_woken(f);
		watch_feed_lock(f);
		out = l->pending;
		l->pending = empty;
		watch_feed_unlock(f);
		if (out.failed)
			ret = err_set(e, ERR_LOCAL,
				      "stdout: over %u MiB wait for whoever reads "
				      "it; read faster",
				      PENDING_MAX >> 20);
		else
			ret = write_out(w, &out, e);
	}
	buf_free(&out);
	return ret < 0 ? -1 : 0;
}

/* ---- the run ---- */

struct run {
	struct target_set *targets;
	struct watch_feed_params params;
	struct watch_feed *feed;
	struct waits waits;
};

static int open_run(struct run *r, const struct query *q, const struct deadline *d,
		    struct err *e)
{
	if (target_read(&r->targets, q, "managers", false, false, e))
		return -1;
	r->params.managers = target_all(r->targets);
	r->params.timeout_ms = query_ms(q, "timeout");
	if (watch_feed_start(&r->feed, &r->params, d, e))
		return -1;
	r->waits.signals = command_watch(e);
	return r->waits.signals < 0 ? -1 : 0;
}

static void close_run(struct run *r)
{
	watch_feed_stop(r->feed);
	target_free(r->targets);
}

static int run_lines(const struct query *q, const struct deadline *d, struct err *e)
{
	struct lines l = { .pending = BUF_INIT(PENDING_MAX) };
	struct run r = { .params.listener = { add_change, add_status, add_whole, &l } };
	int ret = open_run(&r, q, d, e);

	if (!ret)
		ret = print_lines(r.feed, &l, &r.waits, e);
	close_run(&r);
	buf_free(&l.pending);
	return ret;
}

static int run(const struct query *q, struct result *result, const struct deadline *d,
	       struct err *e)
{
	(void)result;
	if (query_choice(q, "json") == 1)
		return run_lines(q, d, e);
	return err_set(e, ERR_USAGE, "expected --json");
}

/* An option without a value is no query's. */
static void spell_out(char **argv)
{
	static char json[] = "--json=true";

	for (char **word = argv + 1; *word; word++)
		if (!strcmp(*word, "--json") && (!word[1] || !strncmp(word[1], "--", 2)))
			*word = json;
}

int main(int argc, char **argv)
{
	static const struct helper helper = {
		.name = "watch-swarm",
		.kind = HELPER_TOOL,
		.purpose = "show what a swarm does, as it happens",
		.details =
			"Asks one manager over one verified connection: events of nodes "
			"and services as they come, and tasks, of which there are none, "
			"once a second while something moves, else every five seconds. "
			"When the manager goes, the next one is used, and that is said. "
			"It changes nothing.",
		.fields = fields,
		.outputs = outputs,
		.default_timeout = "30s",
		.run = run,
	};

	if (argc > 1)
		spell_out(argv);
	return helper_main(&helper, argc, argv);
}
