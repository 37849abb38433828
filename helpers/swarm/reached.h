/*
 * reached - connections to all hosts of a list at once, each with what its
 * engine says of itself.
 */
#ifndef SWARM_REACHED_H
#define SWARM_REACHED_H

#include "base/err.h"
#include "docker/info.h"
#include "swarm/hosts.h"

struct deadline;

/* The errors of a host that may answer in a while: a refused connection is no
 * answer yet, as silence is none. */
#define SWARM_HOST_MAY_COME (ERR_TRANSIENT | ERR_KIND(ERR_NO_ENGINE))

struct swarm_reached_host {
	const struct docker_target *target; /* borrowed */
	struct docker_engine *engine;       /* NULL: it does not answer; owned */
	struct docker_info info;            /* of the engine */
	struct err why;                     /* what went wrong with it last */
	bool failed;                        /* in what was last asked of it */
};

/* Owned by the caller: swarm_reached_close. */
struct swarm_reached {
	struct swarm_reached_host *list;
	size_t count;
};

/* Connects to all of `hosts` side by side and asks each for its info, for at
 * most `patience_ms`; that some do not answer is no error. A host that says
 * "pending" is asked until that is over. Errors: ERR_DEADLINE (a stop was asked),
 * ERR_LOCAL; then there is nothing to close. */
int swarm_reached_open(struct swarm_reached *out, const struct swarm_hosts *hosts,
		       int64_t patience_ms, const struct deadline *d, struct err *e);

/* Closes all of them and frees the list. */
void swarm_reached_close(struct swarm_reached *r);

#endif
