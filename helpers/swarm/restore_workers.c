/* SPDX-License-Identifier: MIT */
/* Waits for the workers of a swarm that was restored. */
#include "swarm/restore_internal.h"

#include "base/log.h"
#include "base/timing.h"
#include "docker/node.h"

#include <stdio.h>
#include <string.h>

/* What was there before the engine took up the state says nothing of now. */
static bool is_back(const struct docker_node *n, int64_t begun)
{
	return n->state == DOCKER_NODE_READY && n->updated > begun;
}

static void add_name(struct swarm_restore_result *out, const struct docker_node *n)
{
	size_t used = strlen(out->workers_missing);

	snprintf(out->workers_missing + used, sizeof(out->workers_missing) - used, "%s%s",
		 used ? "," : "", *n->hostname ? n->hostname : n->id);
}

/* How many are missing; -1 when the list cannot be read. */
static int count(struct swarm_restoring *r, struct err *e)
{
	struct docker_nodes nodes = { 0 };
	int missing = 0;

	if (docker_nodes_list(r->host, &nodes, r->d, e))
		return -1;
	r->out->workers_back = 0;
	r->out->workers_missing[0] = '\0';
	for (size_t i = 0; i < nodes.count; i++) {
		const struct docker_node *n = &nodes.list[i];

		if (n->role != DOCKER_WORKER)
			continue;
		if (is_back(n, r->begun)) {
			r->out->workers_back++;
		} else {
			add_name(r->out, n);
			missing++;
		}
	}
	docker_nodes_free(&nodes);
	return missing;
}

static int wait_for_all(struct swarm_restoring *r, struct err *e)
{
	struct deadline until = deadline_within(r->d, TIMING_ELECTION_MS);
	bool led = true;
	int missing;

	while ((missing = count(r, e)) >= 0) {
		led = swarm_restore_lead_end(r, false);
		if (!missing && !led)
			break;
		log_progress("waiting for %d workers (%.200s)", missing,
			     r->out->workers_missing);
		if (deadline_pause(&until, TIMING_RETRY_MS))
			break;
	}
	return missing;
}

int swarm_restore_workers(struct swarm_restoring *r, struct err *e)
{
	int missing;

	swarm_restore_lead(r);
	missing = wait_for_all(r, e);
	swarm_restore_lead_end(r, true);
	if (missing > 0)
		log_warn("%d workers are not back (%.200s); one that knows only managers "
			 "which are gone is led to this one when workers names it, and "
			 "comes back when it is let join anew, with join-node",
			 missing, r->out->workers_missing);
	return missing < 0 ? -1 : 0;
}
