/*
 * known - the managers that a worker itself knows of (RemoteManagers), as targets that may be
 * asked: with the user, port and key of the worker's own host.
 */
#ifndef SWARM_KNOWN_H
#define SWARM_KNOWN_H

#include "swarm/hosts.h"

#define SWARM_KNOWN_MAX 8 /* more are not needed */

struct swarm_known {
	struct docker_target list[SWARM_KNOWN_MAX];
	char hosts[SWARM_KNOWN_MAX][64];
	size_t count;
};

/* `managers` as in struct docker_info; `host` is borrowed by the targets. Their host keys
 * have to be known: none is recorded for an address that nobody has named. None at all
 * for a local engine, which has no SSH of which to know user and key. */
void swarm_known_read(struct swarm_known *k, const struct docker_target *host,
		      const char *managers);

/* A view of them, for as long as `k` is there. */
struct swarm_hosts swarm_known_hosts(const struct swarm_known *k);

#endif
