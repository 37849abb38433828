/*
 * rejoin - from whatever state a host's engine is in to being a member of the
 * manager's swarm. The part of join that decides about old swarm state.
 */
#ifndef SWARM_REJOIN_H
#define SWARM_REJOIN_H

#include "docker/info.h"
#include "swarm/join.h"
#include "swarm/manager.h"
#include "swarm/join_lease.h"

/*
 * Does nothing for a member. Joins a host that is in no swarm; one whose
 * earlier join stays pending, or failed, or whose entry was removed by hand,
 * leaves first when its old swarm is this one. One that joins as a manager takes
 * the turn before, and has it on return. On return *info is what the host says
 * then: active, with its node ID.
 * Errors: ERR_REFUSED (belongs to another swarm; the token is refused),
 * ERR_LOCKED, ERR_DEADLINE.
 */
int swarm_rejoin(const struct swarm_join_params *want, struct docker_engine *host,
		struct docker_info *info, const struct swarm_manager *m,
		struct swarm_join_lease *turn, const struct deadline *d,
		struct err *e);

/* Whether two lists "ip:port,ip:port" have an entry in common. Pure. */
bool swarm_rejoin_same_managers(const char *a, const char *b);

/* Of the managers "ip:port,..." the entry of the one with address `addr`, so
 * that a join does not begin with a dead one; the whole list when it is not
 * there. Writes at most `size` bytes. Pure. */
void swarm_rejoin_remote(const char *managers, const char *addr, char *out,
			size_t size);

/* An address as it is advertised, perhaps with a port and in brackets, without these.
 * `addr` may be NULL. Pure. */
void swarm_rejoin_bare(const char *addr, char *out, size_t size);

#endif
