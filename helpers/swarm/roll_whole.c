/* SPDX-License-Identifier: MIT */
/* Whether services have the tasks that they should have, or had before. */
#include "swarm/roll_internal.h"

#include "base/log.h"
#include "base/timing.h"

/* The tasks that are enough. A global service has fewer to run while a node is drained,
 * and gets them back a moment after the node is active: what it had is what counts. */
static int64_t enough_of(const struct docker_service *now,
			 const struct docker_service *before)
{
	if (now->job)
		return 0;
	if (!before || (!before->global && now->desired < before->running))
		return now->desired;
	return before->running < before->desired ? before->running : before->desired;
}

const struct docker_service *swarm_roll_lacking(const struct docker_services *now,
						const struct docker_services *before,
						int64_t *enough)
{
	for (size_t i = 0; i < now->count; i++) {
		const struct docker_service *s = &now->list[i], *was = NULL;

		if (before)
			was = docker_services_find(before, s->id);
		if (before && !was)
			continue;
		*enough = enough_of(s, was);
		if (s->running < *enough)
			return s;
	}
	return NULL;
}

static int list(void *ctx, struct docker_engine *manager, const struct deadline *d,
		struct err *e)
{
	return docker_services_list(manager, ctx, d, e);
}

static void say(struct err *e, enum err_kind kind, const struct docker_service *s,
		int64_t enough)
{
	err_set(e, kind, "service %s runs %lld of %lld tasks", s->name,
		(long long)s->running, (long long)enough);
}

/* Reads until none lacks a task, or `soon`. */
static enum swarm_roll_seen read_whole(struct swarm_rolling *r,
				       struct docker_services *now,
				       const struct docker_services *before,
				       const struct deadline *soon,
				       const struct deadline *d, struct err *e)
{
	const struct docker_service *s;
	struct err lacks = { 0 };
	int64_t enough;

	for (;;) {
		docker_services_free(now);
		if (swarm_roll_asking(&r->ask, list, now, d, e)) {
			/* a deadline tells less */
			if (e->kind == ERR_DEADLINE && lacks.kind)
				*e = lacks;
			return SWARM_ROLL_FAILED;
		}
		s = swarm_roll_lacking(now, before, &enough);
		if (!s)
			return SWARM_ROLL_FINE;
		say(e, ERR_DEADLINE, s, enough);
		lacks = *e;
		log_progress("%s; waiting", e->msg);
		swarm_roll_keep_leases(r);
		if (deadline_pause(soon, TIMING_LEASE_MS))
			return SWARM_ROLL_NOT_YET;
	}
}

int swarm_roll_count(struct swarm_rolling *r, struct err *e)
{
	struct deadline d = deadline_within(r->d, r->params->node_ms);
	bool missing = r->params->missing_tasks;
	struct deadline soon = deadline_within(&d, missing ? 0 : TIMING_WHOLE_MS);
	enum swarm_roll_seen seen = read_whole(r, &r->before, NULL, &soon, &d, e);
	struct err lacks;

	r->counted = true;
	if (seen != SWARM_ROLL_NOT_YET)
		return seen == SWARM_ROLL_FINE ? 0 : -1;
	if (missing && !deadline_stopped(&d)) {
		log_warn("%s; going on as on_missing_tasks says", e->msg);
		return 0;
	}
	if (!deadline_left_ms(&d))
		return -1;
	lacks = *e;
	return err_set(e, ERR_REFUSED,
		       "%s: %.200s, and a node that is drained would take more of them; "
		       "see `docker service ps`, or set on_missing_tasks to proceed",
		       atomic_load(&r->done) ? "no other node is begun"
					     : "nothing was begun",
		       lacks.msg);
}

int swarm_roll_wait_whole(struct swarm_rolling *r, const struct deadline *d,
			  struct err *e)
{
	struct docker_services now = { 0 };
	enum swarm_roll_seen seen = read_whole(r, &now, &r->before, d, d, e);

	docker_services_free(&now);
	return seen == SWARM_ROLL_FINE ? 0 : -1;
}
