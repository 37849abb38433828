/* SPDX-License-Identifier: MIT */
/* Reads a list of objects from the Engine API, one at a time. */
#include "docker/list.h"

#include "docker/call.h"
#include "docker/list_stream.h"

#include <stdlib.h>
#include <string.h>

struct reading {
	struct list_stream stream;
	docker_list_fn *fn;
	void *ctx;
	struct err why; /* what the sink failed with */
	bool failed;
};

static int element(void *ctx, const char *text, size_t n, struct err *e)
{
	struct reading *r = ctx;
	json_t *v = js_read(text, n, "an element of the list", e);
	int ret;

	if (!v)
		return -1;
	ret = r->fn(r->ctx, v, e);
	json_decref(v);
	return ret;
}

static int sink(void *ctx, const char *bytes, size_t n)
{
	struct reading *r = ctx;

	if (!list_stream_feed(&r->stream, bytes, n, &r->why))
		return 0;
	r->failed = true;
	return -1;
}

void *docker_list_room(void *list, size_t count, size_t size)
{
	if (count & (count - 1))
		return list;
	return realloc(list, (count ? 2 * count : 1) * size);
}

int docker_list_read(struct docker_engine *g, const char *path, docker_list_fn *fn,
		     void *ctx, const struct deadline *d, struct err *e)
{
	struct reading r = { .fn = fn, .ctx = ctx };
	const struct docker_request request = {
		.method = "GET", .path = path, .sink = sink, .ctx = &r
	};
	int ret;

	list_stream_start(&r.stream, element, &r);
	ret = docker_call_stream(g, &request, d, e);
	if (ret && !r.failed)
		goto out; /* says already where it came from */
	if (r.failed) {
		*e = r.why;
		ret = -1;
	} else {
		ret = list_stream_end(&r.stream, e);
	}
	if (ret)
		err_wrap(e, "%s: GET %.*s", docker_label(g), (int)strcspn(path, "?"),
			 path);
out:
	list_stream_free(&r.stream);
	return ret;
}
