/*
 * task - what still runs on a node as a manager knows it (GET /tasks).
 */
#ifndef DOCKER_TASK_H
#define DOCKER_TASK_H

#include "docker/engine.h"

#include <stddef.h>

/* Counts of one node's tasks, or of all nodes' with node_id NULL. */
struct docker_tasks {
	size_t live;       /* state from "assigned" to "running", whatever is wanted */
	size_t stopping;   /* of these, the swarm wants them to stop */
	size_t starting;   /* of the others, those that do not run yet; a task that
			    waits for the one before it to stop does not count */
	char example[160]; /* ID, service, image of one live task, for messages */
};

/* GET /tasks with the filter node=ID (indexed on the manager; ERR_NOT_FOUND
 * when the swarm has no such node); the reply is decoded as it comes, in memory
 * that does not depend on its length. States after "running" (complete,
 * shutdown, failed, rejected, remove, orphaned) and those before "assigned" are
 * not live; neither are plain containers on an attachable network. `skip` (may
 * be NULL): node IDs, comma-separated, whose tasks do not count, for nodes that
 * are Down and cannot report. Errors: those of docker_call. */
int docker_tasks_count(struct docker_engine *manager, const char *node_id,
		       const char *skip, struct docker_tasks *out,
		       const struct deadline *d, struct err *e);

#endif
