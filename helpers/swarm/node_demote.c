/* SPDX-License-Identifier: MIT */
/* Takes managers out of the raft and entries out of the list of nodes. */
#include "swarm/node_demote.h"

#include "base/err.h"
#include "base/log.h"
#include "base/retry.h"
#include "base/timing.h"
#include "docker/info.h"
#include "docker/node.h"
#include "swarm/quorum.h"

/* Whether the node has left the raft by the swarm's list and its own word. */
static int left_raft(struct docker_engine *manager, const char *node_id,
		     struct docker_engine *node, bool *left, const struct deadline *d,
		     struct err *e)
{
	struct docker_node n = { 0 };
	struct docker_info info = { .manager = false };

	*left = true;
	/* one that demotes itself cannot be asked for the list afterwards */
	if (manager != node) {
		if (docker_node_read(manager, node_id, &n, d, e))
			return -1;
		*left = !n.in_raft && n.role == DOCKER_WORKER;
		docker_node_free(&n);
	}
	if (*left && node) {
		if (docker_info(node, &info, d, e))
			return -1;
		*left = !info.manager;
	}
	return 0;
}

/* What a manager that is just stepping down answers for a moment. */
#define STEPPING_DOWN \
	(ERR_KIND(ERR_NO_LEADER) | ERR_KIND(ERR_CONFLICT) | ERR_KIND(ERR_BUSY))

static int wait_demoted(struct docker_engine *manager, const char *node_id,
			struct docker_engine *node, const struct deadline *d,
			struct err *e)
{
	bool left;

	for (;;) {
		if (left_raft(manager, node_id, node, &left, d, e)) {
			if (!err_is(e, STEPPING_DOWN))
				return -1;
		} else if (left) {
			return 0;
		}
		log_progress("demoting, waiting until it has left the managers");
		if (deadline_pause(d, TIMING_ENGINE_MS))
			return err_set(e, ERR_DEADLINE,
				       "still a manager after its "
				       "demotion; the other managers may have "
				       "trouble, see `docker node ls`");
	}
}

static int ask_quorum(struct docker_engine *manager, const char *node_id, bool *may_come,
		      const struct deadline *d, struct err *e)
{
	struct docker_nodes nodes = { 0 };
	int ret;

	*may_come = false;
	if (docker_nodes_managers(manager, &nodes, d, e))
		return -1;
	ret = swarm_quorum_allows(&nodes, node_id, e);
	if (ret)
		*may_come = swarm_quorum_may_come(&nodes, node_id);
	docker_nodes_free(&nodes);
	return ret;
}

int swarm_node_may_demote(struct docker_engine *manager, const char *node_id,
			  const struct deadline *d, struct err *e)
{
	struct deadline coming = deadline_within(d, TIMING_MANAGER_UP_MS);
	struct err refused = { 0 }, why;
	bool may_come;

	while (ask_quorum(manager, node_id, &may_come, d, &why)) {
		/* the arithmetic tells more than a deadline */
		if (why.kind != ERR_DEADLINE || !refused.kind)
			refused = why;
		if (!may_come || deadline_pause(&coming, TIMING_LEASE_MS)) {
			*e = refused;
			return -1;
		}
		log_progress("%s; waiting, as a manager may be coming up", why.msg);
	}
	return 0;
}

/* While another manager goes, the swarm counts it as unreachable for a moment
 * and refuses what the arithmetic allows. */
static int ask_to_demote(struct docker_engine *manager, const char *node_id,
			 const struct deadline *d, struct err *e)
{
	struct docker_node_params worker = { .role = DOCKER_WORKER };
	struct retry retry = {
		.every_ms = TIMING_RETRY_MS,
		.until = deadline_within(d, TIMING_DEMOTE_MS),
		.may = ERR_KIND(ERR_REFUSED),
	};

	while (!swarm_node_may_demote(manager, node_id, d, e)) {
		if (!docker_node_update(manager, node_id, &worker, d, e))
			return 0;
		if (!retry_pause(&retry, e))
			return -1;
		log_progress("%s; asking again", e->msg);
	}
	return -1;
}

int swarm_node_demote(struct docker_engine *manager, const char *node_id,
		      struct docker_engine *node, const struct deadline *d, struct err *e)
{
	if (ask_to_demote(manager, node_id, d, e))
		return -1;
	return wait_demoted(manager, node_id, node, d, e);
}

int swarm_node_remove(struct docker_engine *manager, const char *node_id,
		      const struct deadline *d, struct err *e)
{
	struct docker_node n = { 0 };
	int ret;

	if (docker_node_read(manager, node_id, &n, d, e))
		return e->kind == ERR_NOT_FOUND ? 0 : -1;
	ret = n.role != DOCKER_MANAGER && !n.in_raft
		      ? 0
		      : swarm_node_demote(manager, node_id, NULL, d, e);
	docker_node_free(&n);
	/* Where it has never come to the raft ("can't find manager in raft
	 * memberlist"), or is gone by now, there is nothing to demote. */
	if (ret && e->kind != ERR_NOT_FOUND)
		return -1;
	if (docker_node_remove(manager, node_id, true, d, e))
		return -1;
	if (!docker_node_read(manager, node_id, &n, d, e)) {
		docker_node_free(&n);
		return err_set(e, ERR_REFUSED,
			       "node %s is still listed after its "
			       "removal; look at it with `docker node inspect`",
			       node_id);
	}
	return e->kind == ERR_NOT_FOUND ? 0 : -1;
}
