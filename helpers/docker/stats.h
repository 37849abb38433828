/*
 * stats - what a container of an engine's own host uses now (GET /containers/{id}/stats with
 * one-shot, which takes milliseconds; without it the engine waits for a second sample).
 */
#ifndef DOCKER_STATS_H
#define DOCKER_STATS_H

#include "docker/engine.h"

#include <stdint.h>

struct docker_stats {
	int64_t cpu_ns;  /* processor time since it started */
	int64_t read_ns; /* when that was, by the engine's clock, since 1970 */
	int64_t memory; /* bytes, without the page cache that can be given back, as `docker
			    stats` counts */
	int64_t limit;  /* bytes that it may have */
};

/* Errors: those of docker_call; ERR_NOT_FOUND when it has gone, or is on another host. */
int docker_stats_read(struct docker_engine *node, const char *container,
		      struct docker_stats *out, const struct deadline *d, struct err *e);

#endif
