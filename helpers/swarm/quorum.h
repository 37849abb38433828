/*
 * quorum - arithmetic on the managers of a swarm. Pure: works on a list of
 * nodes that was read, asks nobody.
 */
#ifndef SWARM_QUORUM_H
#define SWARM_QUORUM_H

#include "docker/node.h"

struct err;

struct swarm_quorum {
	size_t managers;  /* members of the raft */
	size_t reachable; /* of these, reachable */
};

/* Counts the managers of a list. */
struct swarm_quorum swarm_quorum_count(const struct docker_nodes *nodes);

/*
 * Whether taking the manager `id` out of the raft leaves a quorum. The swarm
 * refuses the worst cases itself; this says the arithmetic before anything is
 * touched. A node that is no manager never matters.
 * Errors: ERR_REFUSED, e.g. "3 managers, 1 unreachable: demoting dev-manager-2
 * would leave 1 of 2 ...".
 */
int swarm_quorum_allows(const struct docker_nodes *nodes, const char *id, struct err *e);

/*
 * Whether the other managers have a quorum while the engine of the manager `id`
 * restarts, which stays a member of the raft. A node that is no manager never matters,
 * and a sole manager is refused as well.
 * Errors: ERR_REFUSED with the arithmetic.
 */
int swarm_quorum_may_restart(const struct docker_nodes *nodes, const char *id,
			     struct err *e);

/*
 * Whether waiting may help where swarm_quorum_allows refuses: the managers that
 * are unreachable and that the swarm does not see as Down would be enough. It
 * sees a manager so that has just joined or begun again, and one that has died
 * until it is Down some 12 s later.
 */
bool swarm_quorum_may_come(const struct docker_nodes *nodes, const char *id);

#endif
