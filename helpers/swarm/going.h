/*
 * going - the whole swarm is about to go.
 *
 * A label on the swarm itself says so (Spec.Labels, set by compare and swap on
 * the swarm's version), so that every manager knows it and it outlives the
 * process that set it; its value keeps what every node's availability was. A
 * leave that finds the mark neither drains nor waits.
 *
 * A swarm that does not answer (its managers are gone, or have lost quorum)
 * cannot be told, and a marked one not asked. A file on this machine, the going
 * file, tells the leaves of the same destroy that the whole swarm goes; without
 * it they would rather fail than give up the last copy of a swarm's state.
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

/* Takes a mark off that an interrupted drain-swarm left behind, puts the
 * availabilities back that it keeps, and says so; nothing to do is success. */
int swarm_going_clear(struct docker_engine *manager, const struct deadline *d,
		      struct err *e);

/* Whether the going file `path` (may be NULL: no) is there. */
bool swarm_going_file_exists(const char *path);

/* Makes it (0600), and its folder. Errors: ERR_LOCAL. */
int swarm_going_file_make(const char *path, struct err *e);

/* Takes it away, and says so; not being there is success. */
void swarm_going_file_remove(const char *path);

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
