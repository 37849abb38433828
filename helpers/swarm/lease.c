/* SPDX-License-Identifier: MIT */
/* Acquires a lease of a swarm, from a holder that was cut off too. */
#include "swarm/lease.h"

#include "base/deadline.h"
#include "base/err.h"
#include "docker/swarm.h"

#include <string.h>

int swarm_lease_acquire(const struct swarm_lease *l, struct docker_engine *manager,
			const struct deadline *d, struct err *e)
{
	struct docker_swap w = { .key = l->label, .to = l->value };
	char holder[sizeof(w.now)];
	enum swarm_lease_holder seen;

	for (;;) {
		if (docker_swarm_swap_label(manager, &w, d, e))
			return -1;
		if (!strcmp(w.now, l->value))
			return 0;
		memcpy(holder, w.now, sizeof(holder));
		seen = l->judge(l->ctx, &w, e);
		if (seen == SWARM_LEASE_REFUSED)
			return -1;
		w.from = seen == SWARM_LEASE_CUT_OFF ? holder : NULL;
		if (!w.from && deadline_pause(d, l->every_ms))
			return -1;
	}
}
