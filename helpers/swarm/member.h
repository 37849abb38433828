/*
 * member - one node of the swarm as the others see it: finding its entry,
 * waiting until it is as wanted, taking entries away.
 */
#ifndef SWARM_MEMBER_H
#define SWARM_MEMBER_H

#include "base/deadline.h"
#include "docker/info.h"
#include "docker/node.h"

#include <stdbool.h>

struct err;

/* How a machine that may be gone is known; every part may be NULL. */
struct swarm_member_id {
	const char *node_id;  /* decides alone when given */
	const char *addr;     /* advertise address, perhaps with its port, or an
				 interface, which says nothing here */
	const char *hostname; /* the node's name */
	/* The host answers and is in no swarm: what is not Down by now is
	 * another machine. */
	bool has_left;
};

/*
 * The entry that this machine is: by ID, else by address and hostname
 * together (by what is given of them). Addresses are compared by value. Pure.
 * Returns NULL and leaves *e alone when there is none; returns NULL and sets
 * ERR_REFUSED, listing the candidates, when several fit, or when none does and
 * one, Down or not, has the address under another name, or the name at another
 * address, or the name where the address is an interface (it may be this
 * machine under another spelling), or when nothing is known of it. Callers tell the two apart by e->kind, which
 * they set to ERR_NONE before.
 */
const struct docker_node *swarm_member_find(const struct docker_nodes *nodes,
					    const struct swarm_member_id *id,
					    struct err *e);

/* Whether anything is known by which an entry can be found. Pure. */
bool swarm_member_is_known(const struct swarm_member_id *id);

/* Whether `n` has this host's name and address under another ID than `own_id`:
 * once it is Down, what the host left behind. Pure. */
bool swarm_member_is_namesake(const struct docker_node *n, const char *own_id,
			      const char *addr, const char *hostname);

/*
 * Waits until a manager sees the node Ready, in the wanted role (as a manager:
 * reachable). `role` may be NONE. Says every second what is missing.
 * Errors: ERR_DEADLINE, naming the state it stayed in; ERR_NOT_FOUND when the
 * node's entry was removed meanwhile.
 */
int swarm_member_wait_ready(struct docker_engine *manager, const char *node_id,
			    enum docker_role role, const struct deadline *d,
			    struct err *e);

/*
 * Asks a manager whether the node `node_id` may go, by the arithmetic of
 * swarm_quorum_allows. Refuses only after 6 s in which the managers that it
 * lacks could have come up and have not (swarm_quorum_may_come).
 * Errors: ERR_REFUSED with the arithmetic; those of docker_nodes_managers.
 */
int swarm_member_ask_quorum(struct docker_engine *manager, const char *node_id,
			    const struct deadline *d, struct err *e);

/*
 * Makes the manager `node_id` a worker and waits until it has left the raft:
 * by the manager's list and, where `node` (its own engine, NULL when it is
 * dead) can be asked, by its own word. Refuses what would lose quorum.
 * Errors: ERR_REFUSED (quorum, or the swarm's own refusal), ERR_DEADLINE.
 */
int swarm_member_demote(struct docker_engine *manager, const char *node_id,
			struct docker_engine *node, const struct deadline *d,
			struct err *e);

/*
 * While the engine says that its swarm state is pending (an earlier join, or a
 * node that has booted and not yet found a manager) it is asked again, for 15 s
 * at most; *info is what it said last. Errors: those of docker_info.
 */
int swarm_member_wait_settled(struct docker_engine *host,
			      struct docker_info *info,
			      const struct deadline *d, struct err *e);

/*
 * Lets the host leave its swarm. The engine stops all its tasks first and after
 * 15 s answers "context deadline exceeded" while it goes on doing so (moby
 * daemon/cluster/noderunner.go, Stop); then it is asked again.
 * Errors: those of docker_swarm_leave; ERR_DEADLINE.
 */
int swarm_member_leave(struct docker_engine *node, bool force,
		       const struct deadline *d, struct err *e);

/* Stops what runs of a swarm on a host that is in none, each container with its
 * own grace period, and says so: an engine that has lost its node ID stops
 * nothing when it leaves. Errors: those of docker_containers_stop_swarm. */
int swarm_member_stop_orphans(struct docker_engine *host,
			      const struct deadline *d, struct err *e);

/* Removes the entry by ID with force and reads back that it is gone; an entry
 * that is a manager of the raft is demoted first. */
int swarm_member_remove(struct docker_engine *manager, const char *node_id,
			const struct deadline *d, struct err *e);

#endif
