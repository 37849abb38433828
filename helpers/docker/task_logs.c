/* SPDX-License-Identifier: MIT */
/* The last log lines of a task, out of the stream that the engine makes of two outputs. */
#include "docker/task_logs.h"

#include "base/utf8.h"
#include "docker/call.h"

#include <stdio.h>
#include <string.h>

#define HEAD 8            /* bytes in front of a piece (API, "Stream format") */
#define RAW_MAX (4 << 20) /* bytes of a reply; a line of a log may have many */

static int keep(void *ctx, const char *bytes, size_t n)
{
	struct buf *raw = ctx;

	/* The rest is left out. */
	if (raw->len + n < raw->max)
		buf_add(raw, bytes, n);
	return 0;
}

/* Appends the lines of a piece, each fit for a terminal. */
static void add_lines(struct buf *out, const char *text, size_t n)
{
	while (n) {
		const char *end = memchr(text, '\n', n);
		size_t len = end ? (size_t)(end - text) : n;
		char line[1024];

		utf8_copy(line, sizeof(line), text, len);
		line[strcspn(line, "\r")] = '\0';
		utf8_mask(line);
		if (out->len + strlen(line) + 1 < out->max)
			buf_addf(out, "%s\n", line);
		len += end != NULL;
		text += len;
		n -= len;
	}
}

/* A task with a terminal has one output, and no heads in front of its pieces. */
static bool has_heads(const struct buf *raw)
{
	return raw->len >= HEAD && (unsigned char)raw->data[0] <= 2 && !raw->data[1] &&
	       !raw->data[2] && !raw->data[3];
}

static void take_apart(const struct buf *raw, struct buf *out)
{
	size_t at = 0;

	if (!has_heads(raw)) {
		add_lines(out, buf_str(raw), raw->len);
		return;
	}
	while (at + HEAD <= raw->len) {
		const unsigned char *h = (const unsigned char *)raw->data + at;
		size_t n = (size_t)h[4] << 24 | (size_t)h[5] << 16 | (size_t)h[6] << 8 |
			   h[7];

		at += HEAD;
		if (n > raw->len - at)
			n = raw->len - at;
		add_lines(out, raw->data + at, n);
		at += n;
	}
}

int docker_task_logs(struct docker_engine *manager, const char *id, unsigned lines,
		     struct buf *out, const struct deadline *d, struct err *e)
{
	struct buf raw = BUF_INIT(RAW_MAX);
	char path[128];
	const struct docker_request r = {
		.method = "GET", .path = path, .sink = keep, .ctx = &raw
	};
	int ret;

	if (!docker_call_is_id(id))
		return err_set(e, ERR_USAGE, "%s: \"%.64s\" is no task ID",
			       docker_label(manager), id);
	snprintf(path, sizeof(path), "/tasks/%s/logs?stdout=1&stderr=1&tail=%u", id,
		 lines);
	ret = docker_call_stream(manager, &r, d, e);
	take_apart(&raw, out);
	buf_free(&raw);
	/* What came before the time ran out is worth showing. */
	if (ret && !out->len)
		return -1;
	return 0;
}
