/*
 * node_leave - a host leaves its swarm: what its own engine does for that.
 */
#ifndef SWARM_NODE_LEAVE_H
#define SWARM_NODE_LEAVE_H

#include "base/deadline.h"

#include <stdbool.h>

struct docker_engine;
struct err;

/*
 * Lets the host leave its swarm. The engine stops all its tasks first and after
 * 15 s answers "context deadline exceeded" while it goes on doing so (moby
 * daemon/cluster/noderunner.go, Stop); then it is asked again.
 * Errors: those of docker_swarm_leave; ERR_DEADLINE.
 */
int swarm_node_leave(struct docker_engine *node, bool force, const struct deadline *d,
		     struct err *e);

/* Stops what runs of a swarm on a host that is in none, each container with its
 * own grace period, and says so: an engine that has lost its node ID stops
 * nothing when it leaves. Errors: those of docker_containers_stop_swarm. */
int swarm_node_stop_orphans(struct docker_engine *host, const struct deadline *d,
			    struct err *e);

#endif
