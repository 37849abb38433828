/* SPDX-License-Identifier: MIT */
/* Takes one node out of the swarm without losing work or quorum. */
#include "swarm/remove.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/retry.h"
#include "base/timing.h"
#include "swarm/identity.h"
#include "swarm/info_wait.h"
#include "swarm/node_match.h"
#include "swarm/remove_internal.h"

#include <string.h>

static const char *const outcome_names[] = {
	[SWARM_LEFT] = "left",
	[SWARM_LEFT_ALONE] = "left-alone",
	[SWARM_REMOVED_DEAD] = "removed-dead",
	[SWARM_WAS_GONE] = "was-gone",
	[SWARM_UNVERIFIED] = "unverified",
};

const char *swarm_remove_outcome_name(enum swarm_remove_outcome o)
{
	return outcome_names[o];
}

/* The node is a manager of a swarm that has lost its quorum, or whose engine has
 * just begun again, perhaps after its demotion. */
static int without_leader(const struct swarm_removal *rm, struct err *e)
{
	return err_set(e, rm->retried ? ERR_NO_LEADER : ERR_REFUSED,
		       "the swarm "
		       "has lost its quorum, and this manager has one of the last "
		       "copies of its state; bring other managers back, or destroy "
		       "the whole swarm");
}

static int check_identity(const struct swarm_removal *rm, struct err *e)
{
	struct swarm_node_id asked = swarm_remove_asked(rm);

	return swarm_identity_check(&asked, &rm->info, e);
}

/* The same in the eyes of the swarm; nobody is there to ask for a worker alone. */
static int ask_identity(const struct swarm_removal *rm, const struct deadline *d,
			struct err *e)
{
	struct swarm_node_id asked = swarm_remove_asked(rm);

	if (rm->other.engine)
		return swarm_identity_may_leave(&asked, &rm->info, rm->other.engine,
						&rm->other.info, d, e);
	if (!rm->info.manager)
		return 0;
	return swarm_identity_may_leave(&asked, &rm->info, rm->node, &rm->info, d, e);
}

/* The entry of a host whose membership is over may still be there, and its manager be
 * away for a moment. In a whole destroy the managers go too. */
static int find_for_entry(struct swarm_removal *rm, const struct deadline *d,
			  struct err *e)
{
	if (rm->other.engine || rm->word != SWARM_WORD_NONE)
		return 0;
	return swarm_remove_find_manager(rm, d, e);
}

static int remove_alive(struct swarm_removal *rm, const struct deadline *d, struct err *e)
{
	/* Its tasks run meanwhile, and have to be drained. */
	if (rm->other.engine && swarm_info_stable(rm->node, &rm->info, d, e))
		return -1;
	if (check_identity(rm, e))
		return -1;
	if (rm->info.state != DOCKER_ACTIVE && find_for_entry(rm, d, e))
		return -1;
	if (rm->info.state == DOCKER_INACTIVE)
		return swarm_remove_left(rm, d, e);
	if (rm->info.state != DOCKER_ACTIVE)
		return swarm_remove_broken(rm, d, e);
	if (!rm->other.engine && rm->info.manager && !rm->info.cluster_id[0])
		return without_leader(rm, e);
	if (swarm_remove_standalone(rm, d, e))
		return -1;
	if (!rm->other.engine && !rm->info.manager && swarm_remove_find_manager(rm, d, e))
		return -1;
	if (ask_identity(rm, d, e))
		return -1;
	if (!rm->other.engine && !rm->info.manager)
		return swarm_remove_alone(rm, d, e);
	return swarm_remove_live(rm, d, e);
}

/* Another manager to ask; that there is none is not an error yet. */
static int find_other(struct swarm_removal *rm, const struct deadline *d, struct err *e)
{
	struct deadline soon = deadline_within(d, rm->word ? TIMING_WAITED_BEFORE_MS
							   : TIMING_FIND_MANAGER_MS);

	if (!swarm_manager_find(&rm->other, &rm->params->managers, rm->params->host,
				SWARM_MANAGER, &soon, &rm->no_other))
		return 0;
	if (!err_is(&rm->no_other, ERR_NOT_TRUSTED))
		return 0;
	*e = rm->no_other;
	return -1;
}

static int remove_host(struct swarm_removal *rm, struct swarm_connect *c,
		       const struct deadline *d, struct err *e)
{
	enum swarm_host_wait host = SWARM_HOST_FAILED;
	struct err why;

	if (!find_other(rm, d, e))
		host = swarm_remove_wait_host(rm, c, d, e);
	if (host != SWARM_HOST_ENDED)
		swarm_connect_cancel(c);
	if (host == SWARM_HOST_DEAD)
		return swarm_remove_dead(rm, d, e);
	if (host == SWARM_HOST_FAILED)
		return -1;
	if (swarm_connect_finish(c, &rm->node, &rm->info, &why))
		return swarm_remove_failed(rm, &why, d, e);
	return remove_alive(rm, d, e);
}

/* What one try hands on to the next. */
struct progress {
	struct retry retry; /* by the errors that may pass of the last try */
	bool retried;       /* not the first try */
	char left_id[32];   /* the node has left, "" for not yet */
};

/* A connection that broke half-way, an election; a manager that was one when it was
 * chosen, another one or the node itself, and is none any more. */
static unsigned may_pass(const struct swarm_removal *rm)
{
	unsigned kinds = ERR_KIND(ERR_NO_LEADER);

	if (!rm->timed_out)
		kinds |= ERR_KIND(ERR_UNREACHABLE);
	if (rm->other.engine || rm->info.manager)
		kinds |= ERR_KIND(ERR_NOT_MANAGER) | ERR_KIND(ERR_BUSY);
	return kinds;
}

static int remove_once(const struct swarm_remove_params *params, struct progress *p,
		       enum swarm_remove_outcome *outcome, const struct deadline *d,
		       struct err *e)
{
	struct swarm_removal rm = {
		.params = params,
		.word = swarm_teardown_file_about(params->teardown_file, params->host),
		.has_left = p->left_id[0] != '\0',
		.retried = p->retried,
	};
	struct swarm_connect *c;
	int ret;

	p->retry.may = 0;
	p->retried = true;
	if (swarm_connect_start(&c, params->host, SWARM_ANY_ENGINE, d, e))
		return -1;
	ret = remove_host(&rm, c, d, e);
	p->retry.may = may_pass(&rm);
	if (rm.has_left && rm.info.node_id[0])
		memcpy(p->left_id, rm.info.node_id, sizeof(p->left_id));
	docker_close(rm.node);
	docker_close(rm.other.engine);
	*outcome = rm.outcome;
	return ret;
}

/* Whether the swarm has been without a leader for too long; `since` is when that
 * was seen first, 0 before. */
static bool lost_leader(const struct err *e, int64_t *since)
{
	if (e->kind != ERR_NO_LEADER)
		*since = 0;
	else if (!*since)
		*since = deadline_now_ms();
	return *since && deadline_now_ms() - *since > TIMING_ELECTION_MS;
}

int swarm_remove(const struct swarm_remove_params *params,
		 enum swarm_remove_outcome *outcome, const struct deadline *d,
		 struct err *e)
{
	int64_t leaderless_since = 0;
	struct swarm_remove_params now = *params;
	struct progress p = {
		.retry = { .every_ms = TIMING_RETRY_MS, .until = *d },
	};

	/* The host rebooted, the manager that was asked died, or has left too by
	 * now, or the leader went. What has been done is found again. */
	while (remove_once(&now, &p, outcome, d, e)) {
		if (lost_leader(e, &leaderless_since) && !*p.left_id)
			return -1;
		if (!retry_anew(&p.retry, e))
			return -1;
		if (*p.left_id)
			now.node_id = p.left_id;
	}
	return 0;
}
