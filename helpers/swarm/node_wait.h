/*
 * node_wait - waiting until a node is as wanted in the eyes of a manager.
 */
#ifndef SWARM_NODE_WAIT_H
#define SWARM_NODE_WAIT_H

#include "base/deadline.h"
#include "docker/node_status.h"

struct docker_engine;
struct err;

/*
 * Waits until a manager sees the node Ready, in the wanted role (as a manager:
 * reachable). `role` may be NONE. Says every second what is missing.
 * Errors: ERR_DEADLINE, naming the state it stayed in; ERR_NOT_FOUND when the
 * node's entry was removed meanwhile.
 */
int swarm_node_wait_ready(struct docker_engine *manager, const char *node_id,
			  enum docker_role role, const struct deadline *d, struct err *e);

#endif
