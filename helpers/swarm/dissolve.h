/*
 * dissolve - taking a swarm apart in which nothing runs any more, or which has no
 * manager that could be asked. Only a teardown does that.
 */
#ifndef SWARM_DISSOLVE_H
#define SWARM_DISSOLVE_H

#include "swarm/reached.h"
#include "swarm/teardown.h"

struct swarm_manager;

/*
 * All nodes are drained and have no task: lets those of `hosts` that are
 * nodes of it leave, each known by its own node ID, the manager that is asked last.
 * Removes the entries of nodes that are none of them, unless such a one is a
 * manager and every host answers, the one that is asked included: then the swarm
 * is somebody else's too, and lives on with that one; `marker` says what to put back
 * for it. Sets the outcome
 * and timed_out. Errors: those of the requests; ERR_BUSY when another node has
 * come meanwhile.
 */
int swarm_dissolve(const struct swarm_teardown_params *params,
		struct swarm_reached *hosts, const struct swarm_manager *m,
		const char *marker, struct swarm_teardown_result *out,
		const struct deadline *d, struct err *e);

/*
 * No manager answers: each host stops what it runs of the swarm, with the grace
 * period of each container, for at most drain_ms, and leaves by force. Errors:
 * ERR_BUSY when a manager does answer; ERR_REFUSED, before anything is touched,
 * when hosts are in different swarms; ERR_DEADLINE.
 */
int swarm_dissolve_alone(const struct swarm_teardown_params *params,
		      struct swarm_reached *hosts,
		      struct swarm_teardown_result *out,
		      const struct deadline *d, struct err *e);

#endif
