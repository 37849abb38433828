/* SPDX-License-Identifier: MIT */
/* Between two nodes of a roll: whether all others are there still. */
#include "swarm/roll_internal.h"

#include "base/log.h"
#include "base/timing.h"

struct others {
	bool ready;
	struct err why; /* unless they are */
};

/* A drained node has no work that could be missed. */
static int look(void *ctx, struct docker_engine *manager, const struct deadline *d,
		struct err *e)
{
	struct others *o = ctx;
	struct docker_nodes nodes = { 0 };

	o->ready = true;
	if (docker_nodes_list(manager, &nodes, d, e))
		return -1;
	for (size_t i = 0; i < nodes.count && o->ready; i++) {
		const struct docker_node *n = &nodes.list[i];

		if (n->state == DOCKER_NODE_READY || n->availability == DOCKER_DRAINED)
			continue;
		o->ready = false;
		err_set(&o->why, ERR_DEADLINE,
			"node %s (%s, %s) is %s; bring it back, or remove it "
			"with `docker node rm`, then run this again",
			n->hostname, n->addr, n->id, docker_node_state_name(n->state));
	}
	docker_nodes_free(&nodes);
	return 0;
}

int swarm_roll_wait_others(struct swarm_rolling *r, const struct swarm_roll_node *next,
			   struct err *e)
{
	struct deadline d = deadline_within(r->d, r->params->node_ms);
	struct deadline soon = deadline_within(&d, TIMING_UNKNOWN_MS);
	struct others others;

	for (;;) {
		if (swarm_roll_asking(&r->ask, look, &others, &d, e))
			break;
		if (others.ready)
			return 0;
		*e = others.why;
		log_progress("%s; waiting", e->msg);
		swarm_roll_keep_leases(r);
		if (deadline_pause(&soon, TIMING_LEASE_MS))
			break;
	}
	return err_wrap(e, "stopped before %s", next->label);
}
