/* SPDX-License-Identifier: MIT */
/* Counts managers: whether one may go without the quorum being lost. */
#include "swarm/quorum.h"

#include "base/err.h"

#include <string.h>

struct swarm_quorum swarm_quorum_count(const struct docker_nodes *nodes)
{
	struct swarm_quorum q = { 0, 0 };

	for (size_t i = 0; i < nodes->count; i++) {
		q.managers += nodes->list[i].in_raft;
		q.reachable += nodes->list[i].in_raft && nodes->list[i].reachable;
	}
	return q;
}

static const struct docker_node *manager(const struct docker_nodes *nodes, const char *id)
{
	for (size_t i = 0; i < nodes->count; i++)
		if (nodes->list[i].in_raft && !strcmp(nodes->list[i].id, id))
			return &nodes->list[i];
	return NULL;
}

/* Whether `up` of `left` managers can decide. */
static bool is_majority(size_t up, size_t left)
{
	return up >= left / 2 + 1;
}

int swarm_quorum_allows(const struct docker_nodes *nodes, const char *id, struct err *e)
{
	struct swarm_quorum q = swarm_quorum_count(nodes);
	const struct docker_node *m = manager(nodes, id);
	size_t left, up;

	if (!m)
		return 0;
	if (q.managers == 1)
		return err_set(e, ERR_REFUSED,
			       "%s is the last manager: demoting it "
			       "would erase the swarm; add a manager first, or "
			       "destroy the whole swarm",
			       m->hostname);
	left = q.managers - 1;
	up = q.reachable - m->reachable;
	if (is_majority(up, left))
		return 0;
	return err_set(e, ERR_REFUSED,
		       "%zu managers, %zu unreachable: demoting %s "
		       "would leave %zu of %zu, and %zu are needed; bring a "
		       "manager back or remove the dead ones first",
		       q.managers, q.managers - q.reachable, m->hostname, up, left,
		       left / 2 + 1);
}

int swarm_quorum_may_restart(const struct docker_nodes *nodes, const char *id,
			     struct err *e)
{
	struct swarm_quorum q = swarm_quorum_count(nodes);
	const struct docker_node *m = manager(nodes, id);
	size_t up;

	if (!m)
		return 0;
	up = q.reachable - m->reachable;
	if (is_majority(up, q.managers))
		return 0;
	return err_set(e, ERR_REFUSED,
		       "%zu managers, %zu unreachable: while %s "
		       "restarts, %zu of %zu answer, and %zu are needed; bring a "
		       "manager back, or add one, first",
		       q.managers, q.managers - q.reachable, m->hostname, up, q.managers,
		       q.managers / 2 + 1);
}

bool swarm_quorum_may_come(const struct docker_nodes *nodes, const char *id)
{
	size_t left = 0, up = 0;

	for (size_t i = 0; i < nodes->count; i++) {
		const struct docker_node *n = &nodes->list[i];

		if (!n->in_raft || !strcmp(n->id, id))
			continue;
		left++;
		up += n->reachable || n->state != DOCKER_NODE_DOWN;
	}
	return left && is_majority(up, left);
}
