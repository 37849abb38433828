/*
 * node_demote - a node as the managers see it: out of the raft without losing the
 * quorum, then out of the list of nodes.
 */
#ifndef SWARM_NODE_DEMOTE_H
#define SWARM_NODE_DEMOTE_H

#include "base/deadline.h"

struct docker_engine;
struct err;

/*
 * Asks a manager whether the node `node_id` may go, by the arithmetic of
 * swarm_quorum_allows. Refuses only after 20 s in which the managers that it
 * lacks could have come up and have not (swarm_quorum_may_come).
 * Errors: ERR_REFUSED with the arithmetic; those of docker_nodes_managers.
 */
int swarm_node_may_demote(struct docker_engine *manager, const char *node_id,
			  const struct deadline *d, struct err *e);

/*
 * Makes the manager `node_id` a worker and waits until it has left the raft:
 * by the manager's list and, where `node` (its own engine, NULL when it is
 * dead) can be asked, by its own word. Refuses what would lose quorum.
 * Errors: ERR_REFUSED (quorum, or the swarm's own refusal), ERR_DEADLINE.
 */
int swarm_node_demote(struct docker_engine *manager, const char *node_id,
		      struct docker_engine *node, const struct deadline *d,
		      struct err *e);

/* Removes the entry by ID with force and reads back that it is gone; an entry
 * that is a manager of the raft is demoted first. One that is not there is success.
 * Errors: those of swarm_node_demote and docker_call; ERR_REFUSED when it is listed
 * still. */
int swarm_node_remove(struct docker_engine *manager, const char *node_id,
		      const struct deadline *d, struct err *e);

#endif
