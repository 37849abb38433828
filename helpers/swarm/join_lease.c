/* SPDX-License-Identifier: MIT */
/* The lease that lets managers join one after the other. */
#include "swarm/join_lease.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/timing.h"
#include "docker/swarm.h"
#include "swarm/lease.h"

#include <string.h>

#define LABEL "terraform-swarm-helpers.becoming-manager"

struct waiting {
	int64_t held_ms;
	int64_t version, since; /* of the swarm, and when it was first seen */
};

/* An owner that still runs renews the lease, which changes the swarm's version. */
static enum swarm_lease_holder judge(void *ctx, const struct docker_swap *seen,
				     struct err *e)
{
	struct waiting *w = ctx;

	if (seen->version != w->version || !*seen->now)
		w->since = deadline_now_ms();
	w->version = seen->version;
	if (deadline_now_ms() - w->since >= w->held_ms) {
		log_note("%s was cut off while it became a manager; not waiting for it",
			 seen->now);
		return SWARM_LEASE_CUT_OFF;
	}
	log_progress("waiting until %s has become a manager: one after the other",
		     seen->now);
	err_set(e, ERR_DEADLINE,
		"the time ran out while waiting until %s has become a manager",
		seen->now);
	return SWARM_LEASE_GOES_ON;
}

int swarm_join_lease_acquire(struct swarm_join_lease *t, int64_t held_ms,
			     const struct deadline *d, struct err *e)
{
	struct waiting w = { .held_ms = held_ms, .version = -1 };
	const struct swarm_lease lease = {
		.label = LABEL,
		.value = t->who,
		.every_ms = TIMING_LEASE_MS,
		.judge = judge,
		.ctx = &w,
	};
	int ret = swarm_lease_acquire(&lease, t->manager, d, e);

	t->mine = !ret;
	return ret;
}

int swarm_join_lease_held(struct swarm_join_lease *t, bool *held,
			  const struct deadline *d, struct err *e)
{
	struct docker_swarm s;
	const char *who;

	*held = t->mine;
	if (*held)
		return 0;
	if (docker_swarm_read(t->manager, &s, d, e))
		return -1;
	who = docker_swarm_label(&s, LABEL);
	*held = who && !strcmp(who, t->who);
	docker_swarm_wipe(&s);
	return 0;
}

int swarm_join_lease_renew(struct swarm_join_lease *t, const struct deadline *d,
			   struct err *e)
{
	struct docker_swap w = {
		.key = LABEL, .from = t->who, .to = t->who, .rewrite = true
	};

	return docker_swarm_swap_label(t->manager, &w, d, e);
}

int swarm_join_lease_release(struct swarm_join_lease *t, const struct deadline *d,
			     struct err *e)
{
	struct docker_swap w = { .key = LABEL, .from = t->who };

	t->mine = false;
	return docker_swarm_swap_label(t->manager, &w, d, e);
}
