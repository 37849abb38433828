/* SPDX-License-Identifier: MIT */
/* Reboots the host of a node, where it says that it has to be rebooted. */
#include "swarm/roll_internal.h"

#include "base/log.h"
#include "base/timing.h"

#include <string.h>

/* A host that goes down may leave a connection that nobody answers on. */
static int ask(struct swarm_roll_node *n, const char *from, struct swarm_roll_boot *now,
	       const struct deadline *d, struct err *e)
{
	const struct swarm_roll_params *p = n->roll->params;
	struct deadline soon = deadline_within(d, TIMING_SILENT_HOST_MS);

	if (swarm_roll_reopen(n, d, e))
		return -1;
	if (!p->boot(p->ctx, n->engine, from, now, &soon, e))
		return 0;
	if (e->kind == ERR_DEADLINE && deadline_left_ms(d))
		err_as(e, ERR_UNREACHABLE);
	return -1;
}

int swarm_roll_look_at_boot(struct swarm_roll_node *n, const struct deadline *d,
			    struct err *e)
{
	return n->roll->params->boot ? ask(n, NULL, &n->boot, d, e) : 0;
}

int swarm_roll_reboot(struct swarm_roll_node *n, const struct deadline *d, struct err *e)
{
	struct swarm_roll_boot now;

	if (n->outcome != SWARM_ROLL_REBOOTED)
		log_note("rebooting");
	n->outcome = SWARM_ROLL_REBOOTED;
	/* told once: a second time might reach a host that is down already and up again */
	if (ask(n, n->rebooting ? NULL : n->boot.id, &now, d, e))
		return -1;
	n->rebooting = true;
	if (strcmp(now.id, n->boot.id))
		return 0;
	return err_set(e, ERR_BUSY, "has not gone down for its reboot yet");
}
