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
#ifdef WATCH_term
#include "watch/term.h"
#endif
#ifdef WATCH_page
#include "watch/page.h"
#endif

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
	{ "listen", QUERY_TEXT,
	  .meaning =
		  "where to serve a page for a browser of this machine, in place of the "
		  "terminal: a loopback address and a port, 0 for a free one",
	  .example = "127.0.0.1:0" },
	{ 0 },
};

static const struct helper_output outputs[] = {
	{ "url",
	  "with listen: the page's address, with its token; printed as soon as it can "
	  "be used" },
	{ "manager", "with listen: the manager that is used first" },
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

#ifdef WATCH_term
static bool is_over(void *ctx)
{
	struct waits *w = ctx;

	command_take(&w->ended);
	return w->ended.over;
}

static int show_terminal(struct run *r, struct err *e)
{
	const struct watch_term_params p = { .feed = r->feed,
					     .signals = r->waits.signals,
					     .is_over = is_over,
					     .ctx = &r->waits };

	return watch_term_run(&p, e);
}
#else
static int show_terminal(struct run *r, struct err *e)
{
	(void)r;
	return err_set(e, ERR_USAGE,
		       "this watch-swarm was built without ncursesw and has no picture for "
		       "a terminal; use --json, or build it where that library is");
}
#endif

static int run_terminal(const struct query *q, const struct deadline *d, struct err *e)
{
	struct run r = { 0 };
	int ret = open_run(&r, q, d, e);

	if (!ret)
		ret = show_terminal(&r, e);
	close_run(&r);
	return ret;
}

/* ---- the page ---- */

#ifdef WATCH_page
static int announce(const struct run *r, const struct watch_page *p,
		    struct result *result, struct err *e)
{
	result_set(result, "url", watch_page_url(p));
	watch_feed_lock(r->feed);
	result_set(result, "manager", watch_feed_status(r->feed)->manager);
	watch_feed_unlock(r->feed);
	return result_print(result, r->waits.signals, e);
}

static int serve(struct run *r, struct watch_page *p, struct result *result,
		 struct err *e)
{
	struct pollfd signals = { .fd = r->waits.signals, .events = POLLIN };

	if (watch_page_start(p, r->feed, r->params.managers, e) ||
	    announce(r, p, result, e))
		return -1;
	while (!r->waits.ended.over) {
		if (poll(&signals, 1, -1) > 0)
			command_take(&r->waits.ended);
	}
	return 0;
}

static int run_page(const struct query *q, struct result *result,
		    const struct deadline *d, struct err *e)
{
	struct run r = { 0 };
	struct watch_page *p = NULL;
	int ret = -1;

	if (watch_page_open(&p, query_text(q, "listen"), e))
		return -1;
	r.params.listener = watch_page_listener(p);
	if (!open_run(&r, q, d, e))
		ret = serve(&r, p, result, e);
	watch_page_end(p);
	close_run(&r);
	watch_page_free(p);
	return ret;
}
#else
static int run_page(const struct query *q, struct result *result,
		    const struct deadline *d, struct err *e)
{
	(void)q;
	(void)result;
	(void)d;
	return err_set(e, ERR_USAGE,
		       "this watch-swarm was built without libmicrohttpd and has no page; "
		       "use --json or a terminal, or build it where that library is");
}
#endif

static int run(const struct query *q, struct result *result, const struct deadline *d,
	       struct err *e)
{
	bool json = query_choice(q, "json") == 1, page = query_given(q, "listen");

	if (json && page)
		return err_set(e, ERR_USAGE, "json and listen: give one of them");
	if (page)
		return run_page(q, result, d, e);
	if (query_choice(q, "json") == 1)
		return run_lines(q, d, e);
	return run_terminal(q, d, e);
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
