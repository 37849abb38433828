/*
 * rejoin - from whatever state a host's engine is in to being a node of the
 * manager's swarm. The part of join that decides about old swarm state.
 */
#ifndef SWARM_REJOIN_H
#define SWARM_REJOIN_H

#include "docker/info.h"
#include "docker/node.h"
#include "swarm/join.h"
#include "swarm/manager.h"
#include "swarm/join_lease.h"

/* A join under way: the host, and who is asked. */
struct swarm_joining {
	const struct swarm_join_params *params;
	struct docker_engine *host; /* owned */
	struct docker_info info;    /* of the host */
	struct swarm_manager m;     /* engine NULL: the host is asked; owned */
	struct swarm_join_lease lease;
	bool retried;
};

/*
 * Does nothing for a node of the swarm. Joins a host that is in no swarm; one whose
 * earlier join stays pending, or failed, or whose entry was removed by hand, or a
 * manager that the raft has lost, leaves first when its old swarm is this one. One that joins as a manager acquires
 * the join lease before, and has it on return. On return j->info is what the host
 * says then: active, with its node ID.
 * Errors: ERR_REFUSED (belongs to another swarm; the token is refused),
 * ERR_LOCKED, ERR_DEADLINE.
 */
int swarm_rejoin(struct swarm_joining *j, const struct deadline *d, struct err *e);

/* Refuses a host whose swarm is another one than the manager's. Returns -1. */
int swarm_rejoin_refuse(const struct swarm_joining *j, struct err *e);

/* Whether a manager runs on with a copy of the state that has no leader, while the swarm,
 * which has one, sees the node Down and no longer in the raft. So it stays after
 * `docker swarm init --force-new-cluster` on another one, if its log was lost: nobody
 * tells a manager without members that it is out. Pure. */
bool swarm_rejoin_is_dropped(const struct docker_info *host, const struct docker_node *n);

/* Whether two lists "ip:port,ip:port" have an entry in common. Pure. */
bool swarm_rejoin_same_managers(const char *a, const char *b);

/* Of the managers "ip:port,..." the entry of the one with address `addr`, so
 * that a join does not begin with a dead one; the whole list when it is not
 * there. Writes at most `size` bytes. Pure. */
void swarm_rejoin_remote(const char *managers, const char *addr, char *out, size_t size);

#endif
