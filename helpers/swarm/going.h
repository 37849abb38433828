/*
 * going - the whole swarm is about to go.
 *
 * A label on the swarm itself says so (Spec.Labels, set by compare and swap on
 * the swarm's version), so that every manager knows it and it outlives the
 * process that set it. A leave that finds the mark neither drains nor waits.
 */
#ifndef SWARM_GOING_H
#define SWARM_GOING_H

#include "swarm/hosts.h"

#include <stdbool.h>
#include <stdint.h>

struct deadline;
struct docker_engine;
struct err;

/* Whether the swarm is marked. */
int swarm_going_read(struct docker_engine *manager, bool *going,
		     const struct deadline *d, struct err *e);

/* Takes a mark off that an interrupted drain-swarm left behind, and says so;
 * nothing to do is success. */
int swarm_going_clear(struct docker_engine *manager, const struct deadline *d,
		      struct err *e);

struct swarm_going_result {
	size_t nodes;  /* drained */
	size_t down;   /* not waited for */
	bool marked;   /* false: no manager answered, nothing was done */
};

/*
 * Marks the swarm, drains every node at once and waits at most `drain_ms`
 * until no task is live on a node that can report. Removes the entries of
 * managers that are Down while there is quorum to do so, so that the leaves
 * that follow keep one. On failure or interrupt takes the mark off and puts
 * every availability back. Errors: those of swarm_manager_find; ERR_DEADLINE
 * naming what still runs.
 */
int swarm_going_drain(const struct swarm_hosts *managers, int64_t drain_ms,
		      struct swarm_going_result *out, const struct deadline *d,
		      struct err *e);

#endif
