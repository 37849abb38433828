/*
 * manager - finding one manager that answers, among several.
 *
 * They are tried side by side with a small stagger, in the order given, so
 * that one dead manager costs a fraction of a second and not its time-out.
 */
#ifndef SWARM_MANAGER_H
#define SWARM_MANAGER_H

#include "swarm/hosts.h"
#include "swarm/connect.h"

struct swarm_manager {
	struct docker_engine *engine; /* owned: docker_close */
	struct docker_info info;
};

/*
 * Connects to the managers until one is a working manager; that one is handed
 * over, the others are let go. Says which it used when that was not the first.
 * `goal` is SWARM_MANAGER, or SWARM_MANAGER_PATIENT to go on until the
 * deadline. `skip` (may be NULL) is a target that is left out: the node itself,
 * with the same port and the same name or, however written, IP address.
 * Errors: ERR_DEADLINE once the stop descriptor has fired, whatever has been
 * found by then; ERR_NOT_FOUND when the list is empty (but for `skip`); else one line
 * with every manager's own error and the kind that tells most: a wrong host
 * key or refused user key first, then unreachable, then the rest.
 */
int swarm_manager_find(struct swarm_manager *out, const struct swarm_hosts *managers,
		       const struct docker_target *skip, enum swarm_connect_goal goal,
		       const struct deadline *d, struct err *e);

#endif
