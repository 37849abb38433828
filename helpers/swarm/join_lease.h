/*
 * join_lease - hosts become managers one after the other.
 *
 * A manager that has just come to the raft has none of its log yet, and counts
 * for the majority all the same. The leader sends it 64 KiB of the log with each
 * write, and else with each heartbeat, which is one a second (seen with Docker
 * 20.10; swarmkit manager/state/raft/raft.go, MaxSizePerMsg and HeartbeatTick).
 * If it is needed for the majority meanwhile, as when three come to two at once,
 * no write is done until it has it all.
 *
 * So whoever is about to become a manager acquires the lease before, and releases
 * it after the raft sync. The lease is a label on the swarm itself, whose
 * value names its holder, written by compare and swap. It belongs to a host,
 * not to a process: one that runs again after a kill has it still. No safety
 * depends on it: it is taken from a host that does not show for 30 s, by
 * changing the swarm's version, that it goes on.
 */
#ifndef SWARM_JOIN_LEASE_H
#define SWARM_JOIN_LEASE_H

#include <stdbool.h>
#include <stdint.h>

struct deadline;
struct docker_engine;
struct err;

struct swarm_join_lease {
	struct docker_engine *manager; /* borrowed; who is asked */
	const char *who;               /* borrowed; the host's name and address */
	bool mine;                     /* taken through this */
};

/* Waits for the lease, `held_ms` at most without a change of the swarm, and
 * acquires it; says whom it waits for. That it is this host's already is success.
 * Errors, here and below: those of docker_swarm_swap_label; ERR_DEADLINE. */
int swarm_join_lease_acquire(struct swarm_join_lease *t, int64_t held_ms,
			     const struct deadline *d, struct err *e);

/* *held: whether it is this host's, perhaps since a run that was cut off. Errors:
 * those of docker_swarm_read. */
int swarm_join_lease_held(struct swarm_join_lease *t, bool *held,
			  const struct deadline *d, struct err *e);

/* Shows that it is still needed, by writing it once more; that it is not this
 * host's any more is success. */
int swarm_join_lease_renew(struct swarm_join_lease *t, const struct deadline *d,
			   struct err *e);

/* Releases it; that it is not this host's (any more) is success. */
int swarm_join_lease_release(struct swarm_join_lease *t, const struct deadline *d,
			     struct err *e);

#endif
