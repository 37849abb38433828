/* SPDX-License-Identifier: MIT */
/* Finds the manager that the removal of a worker asks. */
#include "swarm/remove_internal.h"

#include "base/deadline.h"
#include "base/log.h"
#include "base/retry.h"
#include "base/timing.h"
#include "swarm/known.h"
#include "swarm/reached.h"

static int find_once(struct swarm_removal *rm, const struct swarm_known *known,
		     const struct deadline *d)
{
	struct swarm_hosts theirs = swarm_known_hosts(known);
	struct err why = { 0 };

	if (rm->params->managers.count &&
	    !swarm_manager_find(&rm->other, &rm->params->managers, rm->params->host,
				SWARM_MANAGER, d, &rm->no_other))
		return 0;
	if (err_is(&rm->no_other, ERR_NOT_TRUSTED))
		return -1;
	if (known->count && !swarm_manager_find(&rm->other, &theirs, rm->params->host,
						SWARM_MANAGER, d, &why)) {
		log_note("asking manager %s, which the node itself knows",
			 docker_label(rm->other.engine));
		return 0;
	}
	if (rm->no_other.kind == ERR_NOT_FOUND && known->count)
		rm->no_other = why;
	return -1;
}

/* A third of the whole time: without a manager there is work left to be ended. */
static struct deadline patience(const struct deadline *d)
{
	int64_t third = deadline_left_ms(d) / 3;

	return deadline_within(d, third < TIMING_FIND_MANAGER_MS
					  ? third
					  : TIMING_FIND_MANAGER_MS);
}

int swarm_remove_find_manager(struct swarm_removal *rm, const struct deadline *d,
			      struct err *e)
{
	struct retry retry = {
		.every_ms = TIMING_RETRY_MS,
		.until = patience(d),
		.may = SWARM_HOST_MAY_COME | ERR_KIND(ERR_DEADLINE),
	};
	struct swarm_known known;
	bool found;

	swarm_known_read(&known, rm->params->host, rm->info.managers);
	while (!(found = !find_once(rm, &known, &retry.until)) &&
	       retry_may(&retry, &rm->no_other)) {
		log_progress("no manager answers (%s); waiting for one",
			     rm->no_other.msg);
		if (!retry_pause(&retry, &rm->no_other))
			break;
	}
	if (deadline_stopped(d))
		return err_set(e, ERR_DEADLINE,
			       "stopped while a manager was looked "
			       "for");
	if (found || !err_is(&rm->no_other, ERR_NOT_TRUSTED))
		return 0;
	*e = rm->no_other;
	return -1;
}
