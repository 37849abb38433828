/* SPDX-License-Identifier: MIT */
/* The engine's replies behind HTTP. The first byte picks the call. */
/* mutant helpers/base/utf8.c utf8_mask: utf8_is_shown() => true */

#include "fuzz_http.h"

#include "base/deadline.h"
#include "docker/container.h"
#include "docker/info.h"
#include "docker/node.h"
#include "docker/swarm.h"
#include "docker/task.h"

#define ID "24ifsmvkjbyhk1111111aaaaa"

static void ask(uint8_t which, struct docker_engine *g, const struct deadline *d,
		struct err *e)
{
	struct docker_node_params want = { .role = DOCKER_WORKER };
	struct docker_swarm swarm = { 0 };
	struct docker_nodes nodes = { 0 };
	struct docker_node node = { 0 };
	struct docker_tasks tasks;
	struct docker_info info;
	struct docker_containers containers;
	const int ret[] = {
		which == 0 ? docker_info(g, &info, d, e) : 0,
		which == 1 ? docker_swarm_read(g, &swarm, d, e) : 0,
		which == 2 ? docker_nodes_list(g, &nodes, d, e) : 0,
		which == 3 ? docker_node_read(g, ID, &node, d, e) : 0,
		which == 4 ? docker_node_update(g, ID, &want, d, e) : 0,
		which == 5 ? docker_tasks_count(g, ID, ID, &tasks, d, e) : 0,
		which == 6 ? docker_containers_read(g, &containers, d, e) : 0,
		which == 7 ? docker_swarm_set_label(g, "x", "y", d, e) : 0,
	};

	if (ret[which])
		fuzz_check_err(e);
	docker_swarm_wipe(&swarm);
	docker_nodes_free(&nodes);
	docker_node_free(&node);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct docker_target place = { .login.host = "unix:///x", .label = "x" };
	struct deadline d = deadline_in(2);
	struct docker_engine *g = NULL;
	struct err e = { 0 };

	fuzz_http_set(data, n);
	FUZZ_CHECK(!docker_open(&g, &place, &d, &e));
	ask(n ? data[0] & 7 : 0, g, &d, &e);
	docker_close(g);
	return 0;
}
