/* SPDX-License-Identifier: MIT */
/* One manager at a time: the quorum without it, and nobody who joins meanwhile. */
#include "swarm/roll_internal.h"

#include "base/log.h"
#include "base/timing.h"
#include "docker/node.h"
#include "swarm/quorum.h"

#include <string.h>

static int acquire_joining(void *ctx, struct docker_engine *manager,
			   const struct deadline *d, struct err *e)
{
	struct swarm_rolling *r = ctx;

	r->joining.manager = manager;
	return swarm_join_lease_acquire(&r->joining, TIMING_JOIN_LEASE_MS, d, e);
}

static int release_joining(void *ctx, struct docker_engine *manager,
			   const struct deadline *d, struct err *e)
{
	struct swarm_rolling *r = ctx;

	r->joining.manager = manager;
	return swarm_join_lease_release(&r->joining, d, e);
}

struct quorum_question {
	const struct swarm_roll_node *node;
	bool may_go;
	struct err why; /* unless it may */
};

static int ask_quorum(void *ctx, struct docker_engine *manager, const struct deadline *d,
		      struct err *e)
{
	struct quorum_question *q = ctx;
	struct docker_nodes nodes = { 0 };

	if (docker_nodes_managers(manager, &nodes, d, e))
		return -1;
	q->may_go = !swarm_quorum_may_restart(&nodes, q->node->id, &q->why);
	docker_nodes_free(&nodes);
	return 0;
}

/* A manager that has just come back may not be seen so at once. */
static int wait_quorum(struct swarm_rolling *r, const struct swarm_roll_node *n,
		       const struct deadline *d, struct err *e)
{
	struct quorum_question q = { .node = n };
	struct deadline soon = deadline_within(d, TIMING_MANAGER_UP_MS);

	for (;;) {
		if (swarm_roll_asking(&r->ask, ask_quorum, &q, d, e))
			return -1;
		if (q.may_go)
			return 0;
		log_progress("%s; waiting, as a manager may be coming up", q.why.msg);
		if (deadline_pause(&soon, TIMING_LEASE_MS))
			break;
	}
	*e = q.why;
	return -1;
}

int swarm_roll_begin_manager(struct swarm_rolling *r, const struct swarm_roll_node *n,
			     struct err *e)
{
	struct deadline d = deadline_within(r->d, r->params->node_ms);

	if (r->managers < 2)
		return 0;
	r->ask.skip = &n->target;
	if (r->ask.m.engine && !strcmp(r->ask.m.info.node_id, n->id))
		swarm_roll_ask_close(&r->ask);
	if (swarm_roll_asking(&r->ask, acquire_joining, r, &d, e) ||
	    wait_quorum(r, n, &d, e))
		return err_wrap(e, "stopped before %s", n->label);
	return 0;
}

void swarm_roll_end_manager(struct swarm_rolling *r)
{
	struct deadline d = deadline_in(TIMING_ROLLBACK_MS);
	struct err why;

	r->ask.skip = NULL;
	if (r->joining.mine && swarm_roll_asking(&r->ask, release_joining, r, &d, &why))
		log_warn("the join lease could not be released (%s); whoever joins "
			 "takes it over after 30 s",
			 why.msg);
	r->joining.mine = false;
}
