/*
 * unfinished - a swarm that was being made when something was cut off.
 *
 * An engine that dies while it makes a swarm may have kept its certificate and
 * lost, with the rest of its memory, the key that signs those of others (Docker
 * 20.10: "no valid signer found"): it comes back as the manager of a swarm that
 * nobody can ever join, and nothing in its API shows that. What was asked for
 * the swarm may be lost as well. So a trace is laid before a swarm is made and
 * taken away once it is: a volume without use, which the engine keeps.
 */
#ifndef SWARM_UNFINISHED_H
#define SWARM_UNFINISHED_H

#include "docker/info.h"

#include <stdbool.h>

/* Lays the trace, and takes it away. Errors: those of docker_call. */
int swarm_unfinished_begin(struct docker_engine *host, const struct deadline *d,
			   struct err *e);
int swarm_unfinished_end(struct docker_engine *host, const struct deadline *d,
			 struct err *e);

/*
 * For a host that is in a swarm, as `info` says: where there is a trace, lets
 * it leave that swarm, by force, if it is its only node and has nothing in it,
 * and takes the trace away otherwise. `patient` gives whoever may just be
 * making it 2 s to end. *undone: it has left. Errors: those of docker_call.
 */
int swarm_unfinished_undo(struct docker_engine *host,
			  const struct docker_info *info, bool patient,
			  bool *undone, const struct deadline *d, struct err *e);

#endif
