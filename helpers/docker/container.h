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
int docker_containers_read(struct docker_engine *node, struct docker_containers *out,
			   const struct deadline *d, struct err *e);

/* Stops every running container that has a label of the swarm's, one after the
 * other, each with its own stop signal and grace period (POST
 * /containers/{id}/stop). For a host whose engine does not do that itself any
 * more: it has lost its node ID, or there is no manager to say so. *stopped
 * counts them. Errors: those of docker_call; ERR_DEADLINE. */
int docker_containers_stop_swarm(struct docker_engine *node, size_t *stopped,
				 const struct deadline *d, struct err *e);

#endif
