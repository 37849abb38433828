/* SPDX-License-Identifier: MIT */
/* The Engine API's words for the states of a task. */
#include "docker/task_state.h"

#include <stddef.h>
#include <string.h>

/* As arrays of characters, since pointers would each be relocated. */
static const char states[][12] = {
	[DOCKER_TASK_UNKNOWN] = "unknown",     [DOCKER_TASK_NEW] = "new",
	[DOCKER_TASK_ALLOCATED] = "allocated", [DOCKER_TASK_PENDING] = "pending",
	[DOCKER_TASK_ASSIGNED] = "assigned",   [DOCKER_TASK_ACCEPTED] = "accepted",
	[DOCKER_TASK_PREPARING] = "preparing", [DOCKER_TASK_READY] = "ready",
	[DOCKER_TASK_STARTING] = "starting",   [DOCKER_TASK_RUNNING] = "running",
	[DOCKER_TASK_COMPLETE] = "complete",   [DOCKER_TASK_SHUTDOWN] = "shutdown",
	[DOCKER_TASK_FAILED] = "failed",       [DOCKER_TASK_REJECTED] = "rejected",
	[DOCKER_TASK_REMOVE] = "remove",       [DOCKER_TASK_ORPHANED] = "orphaned",
};

const char *docker_task_state_name(enum docker_task_state s)
{
	return states[s];
}

enum docker_task_state docker_task_state_of(const char *text)
{
	for (size_t i = 1; text && i < sizeof(states) / sizeof(states[0]); i++)
		if (!strcmp(states[i], text))
			return (enum docker_task_state)i;
	return DOCKER_TASK_UNKNOWN;
}

bool docker_task_is_live(enum docker_task_state s)
{
	return s >= DOCKER_TASK_ASSIGNED && s <= DOCKER_TASK_RUNNING;
}

bool docker_task_has_failed(enum docker_task_state s)
{
	return s == DOCKER_TASK_FAILED || s == DOCKER_TASK_REJECTED;
}
