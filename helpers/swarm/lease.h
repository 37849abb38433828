/*
 * lease - acquires a lease of a swarm: a label on it that names the holder, written by
 * compare and swap.
 *
 * Whether whoever has it goes on is the caller's to judge, each time the label is read:
 * a lease is taken over from one that was cut off.
 */
#ifndef SWARM_LEASE_H
#define SWARM_LEASE_H

#include <stdint.h>

struct deadline;
struct docker_engine;
struct docker_swap;
struct err;

enum swarm_lease_holder {
	SWARM_LEASE_GOES_ON, /* or it is not known yet: it is waited for; *e says so */
	SWARM_LEASE_CUT_OFF, /* the lease is taken over */
	SWARM_LEASE_REFUSED  /* nobody waits; *e says why */
};

struct swarm_lease {
	const char *label, *value; /* the value that means "mine" */
	int64_t every_ms;
	/* Judges the holder, seen->now ("" for none any more), at seen->version of the
	 * swarm; says what it waits for. */
	enum swarm_lease_holder (*judge)(void *ctx, const struct docker_swap *seen,
					 struct err *e);
	void *ctx;
};

/* That it is held already is success. Errors: those of docker_swarm_swap_label and of
 * `judge`, also when the time is up. */
int swarm_lease_acquire(const struct swarm_lease *l, struct docker_engine *manager,
			const struct deadline *d, struct err *e);

#endif
