/*
 * tokens - reading the join tokens of a swarm from one of its managers.
 */
#ifndef SWARM_TOKENS_H
#define SWARM_TOKENS_H

#include "docker/swarm.h"
#include "swarm/hosts.h"

struct deadline;
struct err;

/*
 * Reads the swarm from the first of the managers that answers. The caller
 * wipes *out with docker_swarm_wipe. One request when only one is named.
 * Errors: those of swarm_manager_find.
 */
int swarm_tokens_read(struct docker_swarm *out, const struct swarm_hosts *managers,
		      const struct deadline *d, struct err *e);

#endif
