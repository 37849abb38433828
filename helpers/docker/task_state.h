/*
 * task_state - the states of a task and the words that the Engine API has for them, in the
 * order in which a task goes through them (swarmkit api/types.proto, TaskState).
 */
#ifndef DOCKER_TASK_STATE_H
#define DOCKER_TASK_STATE_H

#include <stdbool.h>

enum docker_task_state {
	DOCKER_TASK_UNKNOWN, /* no word of the list */
	DOCKER_TASK_NEW,
	DOCKER_TASK_ALLOCATED,
	DOCKER_TASK_PENDING, /* no node is found for it */
	DOCKER_TASK_ASSIGNED,
	DOCKER_TASK_ACCEPTED,
	DOCKER_TASK_PREPARING,
	DOCKER_TASK_READY,
	DOCKER_TASK_STARTING,
	DOCKER_TASK_RUNNING,
	DOCKER_TASK_COMPLETE,
	DOCKER_TASK_SHUTDOWN,
	DOCKER_TASK_FAILED,
	DOCKER_TASK_REJECTED,
	DOCKER_TASK_REMOVE,
	DOCKER_TASK_ORPHANED
};

/* "running"; "unknown" for no word. */
const char *docker_task_state_name(enum docker_task_state s);

/* The other way round; `text` may be NULL. */
enum docker_task_state docker_task_state_of(const char *text);

/* Whether it is, or may still be, on its node: from assigned to running. */
bool docker_task_is_live(enum docker_task_state s);

/* Whether it ended as it should not have: failed or rejected. */
bool docker_task_has_failed(enum docker_task_state s);

#endif
