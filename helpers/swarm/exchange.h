/*
 * exchange - hosts that exchange their roles at the same time, each by a join-node that is
 * told of the managers that there are to be, not of those that there are.
 *
 * Who becomes a manager asks one that still is one, whom the host itself knows of. Who
 * ceases to be the only one waits until another has become one.
 */
#ifndef SWARM_EXCHANGE_H
#define SWARM_EXCHANGE_H

#include "docker/info.h"
#include "swarm/join.h"
#include "swarm/manager.h"

struct deadline;
struct err;

/* Finds a manager for the host, a worker of the swarm by `info`: one of those that are
 * named, or of those that the host knows of (swarm/known.h), until the deadline. Errors:
 * ERR_HOST_KEY and ERR_AUTH; ERR_DEADLINE with what the managers last said. */
int swarm_exchange_find(const struct swarm_join_params *params,
			const struct docker_info *info, struct swarm_manager *m,
			const struct deadline *d, struct err *e);

/* Before the manager `node_id` is demoted: while it is the only one, and others are named as
 * managers, waits until one of them has become one. Errors: ERR_REFUSED when none has in
 * time; those of docker_nodes_managers. */
int swarm_exchange_wait(const struct swarm_join_params *params,
			struct docker_engine *manager, const char *node_id,
			const struct deadline *d, struct err *e);

#endif
