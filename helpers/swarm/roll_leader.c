/* SPDX-License-Identifier: MIT */
/* Lets a manager hand leadership over before its engine restarts. */
#include "swarm/roll_internal.h"

#include "base/log.h"
#include "base/timing.h"
#include "docker/node.h"
#include "docker/swarm.h"
#include "swarm/node_demote.h"
#include "swarm/node_wait.h"
#include "swarm/raft_sync.h"

#include <string.h>

/* Whose leadership is being handed over: as long as it is there, that node is to be a
 * manager, whoever was cut off meanwhile. */
#define LABEL "terraform-swarm-helpers.handing-over"

/* A manager that demotes its leader has that one hand over first (swarmkit
 * manager/role_manager.go, TransferLeadership), which takes well under a second; a leader
 * that restarts is missed for an election of 10 to 20 s. */
static int demote(struct swarm_roll_node *n, struct docker_engine *manager,
		  const struct deadline *d, struct err *e)
{
	log_note("handing leadership over");
	n->handing_over = true;
	if (docker_swarm_set_label(manager, LABEL, n->id, d, e))
		return -1;
	return swarm_node_demote(manager, n->id, n->engine, d, e);
}

/* It is a new member of the raft, without its log, and counts for the quorum. */
static int promote(struct swarm_roll_node *n, struct docker_engine *manager,
		   const struct deadline *d, struct err *e)
{
	struct docker_node_params params = { .role = DOCKER_MANAGER };

	if (docker_node_update(manager, n->id, &params, d, e) ||
	    swarm_node_wait_ready(manager, n->id, DOCKER_MANAGER, d, e) ||
	    swarm_raft_sync(manager, n->engine, n->id, NULL, d, e))
		return -1;
	n->handing_over = false;
	return docker_swarm_set_label(manager, LABEL, NULL, d, e);
}

int swarm_roll_hand_over(struct swarm_roll_node *n, struct docker_engine *manager,
			 const struct deadline *d, struct err *e)
{
	struct docker_node now = { 0 };
	bool leader;

	if (docker_node_read(manager, n->id, &now, d, e))
		return -1;
	leader = now.leader;
	docker_node_free(&now);
	if (leader && demote(n, manager, d, e))
		return -1;
	return n->handing_over ? promote(n, manager, d, e) : 0;
}

/* ---- after a roll that was cut off ---- */

struct left {
	struct swarm_rolling *roll;
	struct swarm_roll_node *node;
	char id[32];
};

static int read_label(void *ctx, struct docker_engine *manager, const struct deadline *d,
		      struct err *e)
{
	struct left *l = ctx;
	struct docker_swarm s;
	const char *id;
	size_t n;

	if (docker_swarm_read(manager, &s, d, e))
		return -1;
	id = docker_swarm_label(&s, LABEL);
	n = id ? strlen(id) : 0;
	if (n && n < sizeof(l->id))
		memcpy(l->id, id, n + 1);
	docker_swarm_wipe(&s);
	return 0;
}

static int promote_again(void *ctx, struct docker_engine *manager,
			 const struct deadline *d, struct err *e)
{
	struct left *l = ctx;

	l->roll->joining.manager = manager;
	if (swarm_join_lease_acquire(&l->roll->joining, TIMING_JOIN_LEASE_MS, d, e) ||
	    promote(l->node, manager, d, e))
		return -1;
	return swarm_join_lease_release(&l->roll->joining, d, e);
}

int swarm_roll_finish_hand_over(struct swarm_rolling *r, struct err *e)
{
	struct left l = { .roll = r };
	struct deadline d = deadline_within(r->d, r->params->node_ms);

	if (swarm_roll_asking(&r->ask, read_label, &l, &d, e))
		return -1;
	for (size_t i = 0; *l.id && i < r->count; i++)
		if (r->nodes[i].answers && !strcmp(r->nodes[i].info.node_id, l.id))
			l.node = &r->nodes[i];
	if (!l.node)
		return 0;
	log_note("%s: a roll was cut off while it handed leadership over; promoting it "
		 "again",
		 l.node->label);
	memcpy(l.node->id, l.id, sizeof(l.id));
	/* whoever is asked has to be another manager than the new one */
	r->ask.skip = &l.node->target;
	swarm_roll_ask_close(&r->ask);
	if (swarm_roll_asking(&r->ask, promote_again, &l, &d, e))
		return err_wrap(e, "%s", l.node->label);
	r->ask.skip = NULL;
	return 0;
}
