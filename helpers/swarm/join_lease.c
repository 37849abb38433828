/* SPDX-License-Identifier: MIT */
/* The lease that lets managers join one after the other. */
#include "swarm/join_lease.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "docker/swarm.h"
#include "swarm/timing.h"

#include <string.h>

#define LABEL "terraform-swarm-helpers.becoming-manager"

int swarm_join_lease_acquire(struct swarm_join_lease *t, int64_t held_ms,
			     const struct deadline *d, struct err *e)
{
	struct docker_swap w = { .key = LABEL, .to = t->who };
	int64_t seen = -1, since = 0;
	char holder[sizeof(w.now)];

	for (;;) {
		if (docker_swarm_swap_label(t->manager, &w, d, e))
			return -1;
		t->mine = !strcmp(w.now, t->who);
		if (t->mine)
			return 0;
		if (w.version != seen || !*w.now)
			since = deadline_now_ms();
		seen = w.version;
		memcpy(holder, w.now, sizeof(holder));
		w.from = deadline_now_ms() - since < held_ms ? NULL : holder;
		if (w.from)
			log_note("%s was cut off while it became a manager; not "
				 "waiting for it",
				 holder);
		else
			log_progress("waiting until %s has become a manager: one "
				     "after the other",
				     holder);
		if (deadline_pause(d, TIMING_LEASE_MS))
			return err_set(e, ERR_DEADLINE,
				       "the time ran out while "
				       "waiting until %s has become a manager",
				       holder);
	}
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
