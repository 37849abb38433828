/*
 * container - what runs on one engine's own host (GET /containers/json): the
 * swarm's containers and those that somebody started beside it.
 */
#ifndef DOCKER_CONTAINER_H
#define DOCKER_CONTAINER_H

#include "docker/engine.h"

#include <stddef.h>

struct docker_containers {
	size_t of_swarm;   /* with the label com.docker.swarm.node.id */
	size_t standalone; /* all others that run; a drain leaves them alone */
	char names[256];   /* of the standalone ones, comma-separated, perhaps cut */
};

/* Errors: those of docker_call. */
int docker_containers_read(struct docker_engine *node,
			   struct docker_containers *out,
			   const struct deadline *d, struct err *e);

#endif
