/*
 * join_stored - a host that joins by what a store has: no manager is logged in to, so that a
 * machine can do it by itself when it boots.
 */
#ifndef SWARM_JOIN_STORED_H
#define SWARM_JOIN_STORED_H

#include "swarm/join.h"

struct store;

/*
 * Makes sure that the host is a worker of a swarm, and waits until its engine says so. One that
 * is in a swarm already stays there and the store is not asked. Otherwise token and addresses
 * are read, anew for each try, since they may have been rotated meanwhile; of a host whose
 * engine is this machine's, the managers' ports are tried first, and the one that answers is
 * joined through. An earlier join that did not come through is given up first.
 * Of the params `managers`, `labels` and `role` are not looked at.
 * Errors: those of docker_open; ERR_REFUSED (the host is another one than was asked, a manager,
 * or in another swarm; what is stored is damaged); ERR_LOCKED; those of store_read; ERR_BUSY
 * when the token is refused until the deadline; ERR_DEADLINE.
 */
int swarm_join_stored(const struct swarm_join_params *params, struct store *store,
		      struct swarm_joined *out, const struct deadline *d, struct err *e);

#endif
