/* SPDX-License-Identifier: MIT */
/* Reads the join tokens from a manager. */
#include "swarm/tokens.h"

#include "swarm/manager.h"

/* The common case without a thread and without asking for /info first. */
static int read_one(struct docker_swarm *out, const struct docker_target *target,
		    const struct deadline *d, struct err *e)
{
	struct docker_engine *g = NULL;
	int ret = -1;

	if (!docker_open(&g, target, d, e))
		ret = docker_swarm_read(g, out, d, e);
	docker_close(g);
	return ret;
}

static int read_any(struct docker_swarm *out, const struct swarm_hosts *managers,
		    const struct deadline *d, struct err *e)
{
	struct swarm_manager m = { 0 };
	int ret = -1;

	if (!swarm_manager_find(&m, managers, NULL, SWARM_MANAGER, d, e))
		ret = docker_swarm_read(m.engine, out, d, e);
	docker_close(m.engine);
	return ret;
}

int swarm_tokens_read(struct docker_swarm *out, const struct swarm_hosts *managers,
		      const struct deadline *d, struct err *e)
{
	if (managers->count == 1)
		return read_one(out, &managers->list[0], d, e);
	return read_any(out, managers, d, e);
}
