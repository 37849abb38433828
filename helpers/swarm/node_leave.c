/* SPDX-License-Identifier: MIT */
/* Lets a host leave its swarm, and stops what that leaves running. */
#include "swarm/node_leave.h"

#include "base/err.h"
#include "base/log.h"
#include "base/retry.h"
#include "base/timing.h"
#include "docker/container.h"
#include "docker/swarm.h"

int swarm_node_leave(struct docker_engine *node, bool force, const struct deadline *d,
		     struct err *e)
{
	struct retry retry = {
		.every_ms = TIMING_ENGINE_MS,
		.until = *d,
		.may = ERR_KIND(ERR_NO_LEADER),
	};

	while (docker_swarm_leave(node, force, d, e)) {
		if (!retry_may(&retry, e))
			return -1;
		log_progress("leaving, waiting until its engine has stopped its "
			     "tasks");
		if (!retry_pause(&retry, e))
			return err_as(e, ERR_DEADLINE);
	}
	return 0;
}

int swarm_node_stop_orphans(struct docker_engine *host, const struct deadline *d,
			    struct err *e)
{
	struct docker_containers c;
	size_t stopped = 0;

	if (docker_containers_read(host, &c, d, e))
		return -1;
	if (!c.of_swarm)
		return 0;
	log_note("%zu containers of a swarm still run on this host, which has no "
		 "working membership; stopping them",
		 c.of_swarm);
	if (docker_containers_stop_swarm(host, &stopped, d, e))
		return err_wrap(e,
				"%zu of %zu containers that run on of a swarm are "
				"stopped",
				stopped, c.of_swarm);
	return 0;
}
