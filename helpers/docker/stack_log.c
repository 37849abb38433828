/* SPDX-License-Identifier: MIT */
/* The last lines that a task of a stack has written. */
#include "docker/stack_work.h"

#include "docker/call.h"

#include <string.h>

#define LOG_MAX (256u << 10)
#define HEAD 8 /* bytes before each piece: the stream, three zeros, the length */

static int take(void *ctx, const char *bytes, size_t n)
{
	return buf_add(ctx, bytes, n);
}

/* Engine API, "Stream format": without a terminal stdout and stderr come in pieces, with
 * one there is nothing but the text. */
static void unframe(const struct buf *raw, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)buf_str(raw);
	size_t left = raw->len;

	while (left >= HEAD && p[0] <= 2 && !p[1] && !p[2] && !p[3]) {
		size_t n = (size_t)p[4] << 24 | (size_t)p[5] << 16 | (size_t)p[6] << 8 |
			   p[7];

		p += HEAD;
		left -= HEAD;
		n = n < left ? n : left;
		buf_add_utf8(out, (const char *)p, n);
		p += n;
		left -= n;
	}
	buf_add_utf8(out, (const char *)p, left);
}

int docker_stack_task_log(struct docker_engine *manager, const char *id, unsigned lines,
			  struct buf *out, const struct deadline *d, struct err *e)
{
	struct buf path = BUF_INIT(DOCKER_PATH_MAX), raw = BUF_INIT(LOG_MAX);
	struct docker_request r = { .method = "GET", .sink = take, .ctx = &raw };
	int ret = -1;

	if (buf_addf(&path, "/tasks/%s/logs?stdout=1&stderr=1&tail=%u", id, lines)) {
		err_no_memory(e);
		goto out;
	}
	r.path = path.data;
	ret = docker_call_stream(manager, &r, d, e);
	if (!ret)
		unframe(&raw, out);
out:
	buf_free(&path);
	buf_free(&raw);
	return ret;
}
