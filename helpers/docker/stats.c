/* SPDX-License-Identifier: MIT */
/* What a container uses: one sample. */
#include "docker/stats.h"

#include "base/text.h"
#include "docker/call.h"

#include <stdio.h>
#include <string.h>

/* Of control groups of version 1, then of version 2 (docker/cli,
 * cli/command/container/stats_helpers.go). */
static int64_t given_back(const json_t *reply)
{
	int64_t old = js_number(reply, "memory_stats/stats/total_inactive_file");

	return old ? old : js_number(reply, "memory_stats/stats/inactive_file");
}

int docker_stats_read(struct docker_engine *node, const char *container,
		      struct docker_stats *out, const struct deadline *d, struct err *e)
{
	struct buf path = BUF_INIT(DOCKER_PATH_MAX);
	json_t *reply = NULL;
	int64_t cache;
	int ret;

	buf_adds(&path, "/containers/");
	docker_encode(&path, container);
	buf_adds(&path, "/stats?stream=false&one-shot=true");
	ret = docker_call(node, DOCKER_REQUEST("GET", buf_str(&path), NULL), &reply, d,
			  e);
	buf_free(&path);
	if (ret)
		return -1;
	cache = given_back(reply);
	*out = (struct docker_stats){
		.cpu_ns = js_number(reply, "cpu_stats/cpu_usage/total_usage"),
		.read_ns = text_moment(js_text(reply, "read")),
		.memory = js_number(reply, "memory_stats/usage"),
		.limit = js_number(reply, "memory_stats/limit"),
	};
	if (cache < out->memory)
		out->memory -= cache;
	json_decref(reply);
	return 0;
}
