/*
 * leave_manager - a manager for a worker that goes, looked for as long as one
 * may only be away for a moment.
 */
#ifndef SWARM_LEAVE_MANAGER_H
#define SWARM_LEAVE_MANAGER_H

#include "swarm/leave_steps.h"

/*
 * Looks again for one of the managers that the query names, and for those that
 * the worker itself knows of (RemoteManagers), with the host's own user, port
 * and key, whose host key has to be known; for 30 s, and only while an answer
 * may come. l->other.engine stays NULL, and l->no_other says why, when none
 * does. Errors: ERR_HOST_KEY, ERR_AUTH; ERR_DEADLINE when a stop was asked.
 */
int swarm_leave_find_manager(struct swarm_leaving *l, const struct deadline *d,
			     struct err *e);

#endif
