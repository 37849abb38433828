/* SPDX-License-Identifier: MIT */
/* What a person asks the page for: a task's last lines, and what a node's tasks use. */
#include "watch/page_internal.h"

#include "base/deadline.h"
#include "base/timing.h"
#include "watch/line.h"
#include "watch/usage.h"

#include <stdio.h>

#define LOG_LINES 100
#define LOG_MAX (256u << 10)

static void why(struct buf *out, const char *message)
{
	buf_adds(out, "{\"why\":");
	watch_line_text(out, message);
	buf_adds(out, "}");
}

void watch_page_ask_log(struct watch_page *p, const char *task, struct buf *out)
{
	struct watch_ask ask = { .lines = LOG_LINES, .text = BUF_INIT(LOG_MAX) };

	snprintf(ask.task, sizeof(ask.task), "%s", task);
	watch_feed_ask(p->feed, &ask);
	if (!watch_feed_await(p->feed, &ask, TIMING_WATCH_USAGE_MS)) {
		why(out, "no manager has answered in time");
	} else if (ask.ret) {
		why(out, ask.why.msg);
	} else {
		buf_adds(out, "{\"log\":");
		watch_line_text(out, buf_str(&ask.text));
		buf_adds(out, "}");
	}
	watch_feed_drop(p->feed, &ask);
	buf_free(&ask.text);
}

void watch_page_ask_usage(struct watch_page *p, const char *node, struct buf *out)
{
	struct deadline d = deadline_in(TIMING_WATCH_USAGE_MS);
	struct err e;

	d.stop_fd = p->stop[0];
	if (watch_usage(p->feed, p->managers, node, out, &d, &e))
		why(out, e.msg);
}
