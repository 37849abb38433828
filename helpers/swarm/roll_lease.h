/*
 * roll_lease - one roll of a swarm at a time.
 *
 * The lease is a label on the swarm that names the process which rolls it, and counts
 * up every few seconds while that process lives. A roll finds out of another one's
 * lease whether that one goes on: at once where it was a process of this machine that
 * has ended, otherwise by whether it counts. No safety depends on it: whoever has lost
 * it begins no other node.
 */
#ifndef SWARM_ROLL_LEASE_H
#define SWARM_ROLL_LEASE_H

#include <stdbool.h>
#include <stdint.h>

struct deadline;
struct docker_engine;
struct err;

struct swarm_roll_lease {
	char who[320];   /* the machine's name, and the process */
	char value[512]; /* the label as last written; "" without */
	unsigned count;
};

/* Acquires the lease. Looks for `held_ms` at most whether the roll that has it goes on,
 * saying so, and takes it over if not.
 * Errors: ERR_REFUSED, naming the machine and process of the roll that goes on;
 * ERR_DEADLINE; those of docker_swarm_swap_label. */
int swarm_roll_lease_acquire(struct swarm_roll_lease *l, struct docker_engine *manager,
			     int64_t held_ms, const struct deadline *d, struct err *e);

/* Shows that the roll goes on. *lost: another roll has taken it over, for good. Errors:
 * those of docker_swarm_swap_label. */
int swarm_roll_lease_renew(struct swarm_roll_lease *l, struct docker_engine *manager,
			   bool *lost, const struct deadline *d, struct err *e);

/* Releases it; that it is not held, or another's by now, is success. */
int swarm_roll_lease_release(struct swarm_roll_lease *l, struct docker_engine *manager,
			     const struct deadline *d, struct err *e);

#endif
