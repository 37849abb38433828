/*
 * dissolve - taking a swarm apart in which nothing runs any more, or which has no
 * manager that could be asked. Only a teardown does that.
 */
#ifndef SWARM_DISSOLVE_H
#define SWARM_DISSOLVE_H

#include "swarm/reached.h"
#include "swarm/teardown.h"

struct swarm_manager;

/* A swarm of which all nodes are drained and have no task. Borrowed, all of it. */
struct swarm_dissolving {
	struct swarm_reached *hosts;
	const struct swarm_manager *m; /* asked, and the last to go */
	const char *marker;            /* what to put back for managers that stay */
	const char *file;              /* see swarm/teardown_file.h; may be NULL */
};

/*
 * Lets those of the hosts that are nodes of it leave, each known by its own node ID,
 * the manager that is asked last. Removes the entries of nodes that are none of
 * them, unless such a one is a manager and every host answers, the one that is
 * asked included: then the swarm is somebody else's too, and lives on with that one.
 * Sets the outcome and timed_out. Errors: those of the requests; ERR_BUSY when
 * another node has come meanwhile.
 */
int swarm_dissolve(const struct swarm_dissolving *what, struct swarm_teardown_result *out,
		   const struct deadline *d, struct err *e);

/*
 * No manager answers: each host stops what it runs of the swarm, with the grace
 * period of each container, for at most drain_ms, and leaves by force. Errors:
 * ERR_BUSY when a manager does answer; ERR_REFUSED, before anything is touched,
 * when hosts are in different swarms; ERR_DEADLINE.
 */
int swarm_dissolve_alone(const struct swarm_teardown_params *params,
			 struct swarm_reached *hosts, struct swarm_teardown_result *out,
			 const struct deadline *d, struct err *e);

#endif
