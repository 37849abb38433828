/* SPDX-License-Identifier: MIT */
/* Asks managers on behalf of a roll, which restarts one after the other. */
#include "swarm/roll_internal.h"

#include "base/log.h"
#include "base/retry.h"
#include "base/timing.h"

int swarm_roll_manager(struct swarm_roll_ask *a, struct docker_engine **manager,
		       const struct deadline *d, struct err *e)
{
	if (!a->m.engine &&
	    swarm_manager_find(&a->m, a->managers, a->skip, SWARM_MANAGER, d, e)) {
		a->m.engine = NULL;
		return -1;
	}
	*manager = a->m.engine;
	return 0;
}

void swarm_roll_ask_close(struct swarm_roll_ask *a)
{
	docker_close(a->m.engine);
	a->m.engine = NULL;
}

int swarm_roll_asking(struct swarm_roll_ask *a,
		      int (*act)(void *ctx, struct docker_engine *manager,
				 const struct deadline *d, struct err *e),
		      void *ctx, const struct deadline *d, struct err *e)
{
	struct retry retry = {
		.every_ms = TIMING_RETRY_MS,
		.until = *d,
		.may = SWARM_ROLL_MAY_PASS,
	};
	struct docker_engine *manager;

	while (swarm_roll_manager(a, &manager, d, e) || act(ctx, manager, d, e)) {
		if (!retry_may(&retry, e))
			return -1;
		swarm_roll_ask_close(a);
		log_progress("%s; asking again", e->msg);
		if (!retry_pause(&retry, e))
			return -1;
	}
	return 0;
}
