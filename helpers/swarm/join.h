/*
 * join - one host in the swarm, as wanted: role, availability, labels, Ready.
 * Convergent: what already holds is not done again.
 */
#ifndef SWARM_JOIN_H
#define SWARM_JOIN_H

#include "docker/node_status.h"
#include "swarm/hosts.h"

#include <stdbool.h>

struct deadline;
struct err;

struct swarm_join_params {
	const struct docker_target *host;
	const char *hostname; /* as asked, to compare with its own; may be NULL */
	struct swarm_hosts managers;
	enum docker_role role;
	enum docker_availability availability; /* NONE: as it is */
	const json_t *labels; /* the whole wanted map; NULL: as they are */
	const char *token;    /* NULL: read from a manager. Secret */
	const char *advertise_addr, *listen_addr, *data_path_addr;
	bool leave_other; /* leave another swarm instead of refusing */
};

struct swarm_joined {
	char node_id[32];
	enum docker_role role; /* both as a manager sees them */
	enum docker_node_state state;
};

/*
 * Makes it so and waits until a manager sees it. Also removes a teardown marker that
 * an interrupted drain-swarm left, and removes the entry that this host
 * left behind under an older node ID, once it is Down, and an entry without a
 * name that a join that was cut off left behind (swarm/stale_node.h).
 * Roles may be exchanged meanwhile (swarm/exchange.h). What time ran out over is in the
 * message, in the engine's words and in ours (swarm/why.h).
 * Errors: those of docker_open and swarm_manager_find; ERR_REFUSED (the host
 * is another one than was asked, or in the swarm at another address, see
 * swarm/identity.h; it belongs to another swarm, the token is refused, quorum);
 * ERR_LOCKED;
 * ERR_DEADLINE.
 */
int swarm_join(const struct swarm_join_params *params, struct swarm_joined *out,
	       const struct deadline *d, struct err *e);

#endif
