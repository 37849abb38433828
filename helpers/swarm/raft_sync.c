/* SPDX-License-Identifier: MIT */
/* Waits until a new manager has the raft's log. */
#include "swarm/raft_sync.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/timing.h"
#include "docker/event.h"
#include "docker/node.h"
#include "swarm/join_lease.h"

#include <stdbool.h>

/* *when: the leader's time of it, or of a later change. */
static int write_through(struct docker_engine *manager, const char *node_id,
			 int64_t *when, const struct deadline *d, struct err *e)
{
	struct docker_node n = { 0 };

	if (docker_node_rewrite(manager, node_id, d, e) ||
	    docker_node_read(manager, node_id, &n, d, e))
		return -1;
	*when = n.updated;
	docker_node_free(&n);
	return 0;
}

/* Of a change at `when` or a later one, for `ms` milliseconds at most. */
static int wait_for_event(struct docker_events *ev, int64_t when, int64_t ms,
			  const struct deadline *d, struct err *e)
{
	int64_t until = deadline_now_ms() + ms, left = ms;

	while (left > 0 && docker_events_latest(ev) < when) {
		if (docker_events_wait(ev, left, d, e) == DOCKER_EVENTS_FAILED)
			return -1;
		left = until - deadline_now_ms();
	}
	return 0;
}

/* Writes until the node has told of the first write, which sends it the log as
 * fast as can be, and then until it tells of a write while nothing else is
 * written: what was written meanwhile has come to it, too. */
static int wait_for_own_copy(struct docker_engine *manager, struct docker_events *ev,
			     const char *node_id, struct swarm_join_lease *lease,
			     const struct deadline *d, struct err *e)
{
	int64_t first = 0, when, kept = deadline_now_ms();

	do {
		bool near = first && docker_events_latest(ev) >= first;

		if (write_through(manager, node_id, &when, d, e) ||
		    wait_for_event(ev, when,
				   near ? TIMING_RETRY_MS : TIMING_RAFT_WRITE_MS, d, e))
			return -1;
		if (!first)
			first = when;
		if (deadline_now_ms() - kept < TIMING_BRIEFLY_MS)
			continue;
		log_progress("raft sync with the other managers");
		kept = deadline_now_ms();
		if (lease && swarm_join_lease_renew(lease, d, e))
			return -1;
	} while (docker_events_latest(ev) < when);
	return 0;
}

int swarm_raft_sync(struct docker_engine *manager, struct docker_engine *host,
		    const char *node_id, struct swarm_join_lease *lease,
		    const struct deadline *d, struct err *e)
{
	struct docker_events *ev = NULL;
	int ret;

	if (docker_events_open(&ev, host, DOCKER_EVENT_UPDATE, d, e))
		return -1;
	ret = wait_for_own_copy(manager, ev, node_id, lease, d, e);
	docker_events_close(ev);
	if (ret && !deadline_left_ms(d))
		return err_set(e, ERR_DEADLINE,
			       "has not caught up with the other "
			       "managers in time; see dockerd's log there");
	return ret;
}
