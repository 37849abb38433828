/*
 * overlay - containers that somebody started beside the swarm's on one of its
 * attachable networks. The network goes from a host with its membership, and the
 * container runs on without it.
 */
#ifndef DOCKER_OVERLAY_H
#define DOCKER_OVERLAY_H

#include "docker/engine.h"

#include <stddef.h>

struct docker_overlay_users {
	size_t count;
	char names[256]; /* "own (ov), other (ov)", perhaps cut */
};

/* Those that run on this engine's host (GET /networks with scope=swarm, GET
 * /containers/json). Errors: those of docker_call. */
int docker_overlay_users(struct docker_engine *node, struct docker_overlay_users *out,
			 const struct deadline *d, struct err *e);

#endif
