/* SPDX-License-Identifier: MIT */
/* Asks managers on behalf of a stack: another one when one goes. */
#include "swarm/stack_internal.h"

#include "base/log.h"
#include "base/retry.h"
#include "base/timing.h"

#define MAY_PASS \
	(ERR_TRANSIENT | ERR_KIND(ERR_NOT_MANAGER) | ERR_KIND(ERR_NO_ENGINE) | \
	 ERR_KIND(ERR_CONFLICT))

static int find(struct swarm_stack_ask *a, const struct deadline *d, struct err *e)
{
	if (a->m.engine)
		return 0;
	if (swarm_manager_find(&a->m, a->managers, NULL, SWARM_MANAGER, d, e)) {
		a->m.engine = NULL;
		return -1;
	}
	a->reached = true;
	return 0;
}

/* What may pass: of managers of which none has answered so far, that they choose a leader. */
static unsigned may_pass(const struct swarm_stack_ask *a)
{
	return a->reached ? MAY_PASS : ERR_KIND(ERR_NO_LEADER) | ERR_KIND(ERR_BUSY);
}

int swarm_stack_asking(struct swarm_stack_ask *a, swarm_stack_act *act, void *ctx,
		       const struct deadline *d, struct err *e)
{
	struct retry retry = {
		.every_ms = TIMING_RETRY_MS,
		.until = a->reached ? *d : deadline_within(d, TIMING_ELECTION_MS),
	};

	for (;;) {
		if (!find(a, d, e) && !act(ctx, a->m.engine, d, e))
			return 0;
		retry.may = may_pass(a);
		if (!retry_may(&retry, e))
			return -1;
		swarm_stack_ask_close(a);
		log_progress("%s; asking again", e->msg);
		if (!retry_pause(&retry, e))
			return -1;
	}
}

void swarm_stack_ask_close(struct swarm_stack_ask *a)
{
	docker_close(a->m.engine);
	a->m.engine = NULL;
}
