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
 * Reads the swarm from `first` and, when that cannot answer, from one of
 * `others` (may be empty). The caller wipes *out with docker_swarm_wipe.
 * Errors: those of swarm_manager_find. One request when `first` answers.
 */
int swarm_tokens_read(struct docker_swarm *out, const struct docker_place *first,
		      const struct swarm_hosts *others,
		      const struct deadline *d, struct err *e);

#endif
