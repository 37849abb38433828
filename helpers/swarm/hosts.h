/*
 * hosts - a list of other machines of the swarm that may be asked: managers,
 * or would-be managers. A plain view; whoever made it owns the targets.
 */
#ifndef SWARM_HOSTS_H
#define SWARM_HOSTS_H

#include "docker/engine.h"

#include <stddef.h>

struct swarm_hosts {
	const struct docker_target *list;
	size_t count;
};

#endif
