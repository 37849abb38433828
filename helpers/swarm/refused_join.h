/*
 * refused_join - the entry of a host that was refused as a manager.
 *
 * The swarm makes an entry when it gives out the certificate, and only then tries to
 * reach the new manager (swarmkit manager/state/raft, Join). When it cannot, the engine
 * gives up the join, and its entry stays. It may have no name yet: the agent's
 * first session, which brings it, runs beside.
 */
#ifndef SWARM_REFUSED_JOIN_H
#define SWARM_REFUSED_JOIN_H

#include "docker/node.h"

#include <stdbool.h>

struct deadline;
struct err;

/* A host that asks to be a manager. */
struct swarm_refused_join {
	struct docker_engine *manager; /* borrowed; who is asked */
	const char *hostname;          /* the host's own; borrowed */
	const char *advertise_addr;    /* as it is asked for; NULL: unknown; borrowed */
	struct docker_nodes before;    /* the managers before; owned */
};

/* Reads who was there before the join. swarm_refused_join_end frees it, also after
 * a failure. Errors: those of docker_nodes_managers. */
int swarm_refused_join_begin(struct swarm_refused_join *r, const struct deadline *d,
			     struct err *e);
void swarm_refused_join_end(struct swarm_refused_join *r);

/* Whether `n` came after swarm_refused_join_begin, is no manager of the raft, and
 * has the host's name and address. Pure. */
bool swarm_refused_join_is(const struct swarm_refused_join *r,
			   const struct docker_node *n);

/* Removes the host's new entry. Waits two seconds for one with its name; an
 * entry without a name may be another host's that joins, and goes when it has had none
 * for TIMING_STALE_NODE_MS. What does not go is a warning that names it. */
void swarm_refused_join_clear(const struct swarm_refused_join *r,
			      const struct deadline *d);

#endif
