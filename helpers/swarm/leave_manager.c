/* SPDX-License-Identifier: MIT */
/* Finds the manager that a leave asks. */
#include "swarm/leave_manager.h"

#include "base/deadline.h"
#include "base/log.h"
#include "swarm/known.h"

#define LOOK_MS 30000 /* as a whole destroy gives the managers */
#define AGAIN_MS 1000

/* Refused, silent, just starting, electing: an answer may come. */
static bool may_come(enum err_kind kind)
{
	static const bool may[] = {
		[ERR_UNREACHABLE] = true, [ERR_NO_ENGINE] = true,
		[ERR_DEADLINE] = true,    [ERR_NO_LEADER] = true,
		[ERR_BUSY] = true,
	};

	return kind < sizeof(may) / sizeof(may[0]) && may[kind];
}

/* 0 found, 1 may come, -1 none. */
static int look(struct swarm_leaving *l, const struct swarm_known *known,
		const struct deadline *d)
{
	struct swarm_hosts theirs = swarm_known_hosts(known);
	struct err why = { 0 };

	if (l->want->managers.count &&
	    !swarm_manager_find(&l->other, &l->want->managers, l->want->host,
				SWARM_MANAGER, d, &l->no_other))
		return 0;
	if (l->no_other.kind == ERR_HOST_KEY || l->no_other.kind == ERR_AUTH)
		return -1;
	if (known->count &&
	    !swarm_manager_find(&l->other, &theirs, l->want->host, SWARM_MANAGER,
				d, &why)) {
		log_note("asking manager %s, which the node itself knows",
			 docker_label(l->other.engine));
		return 0;
	}
	if (l->no_other.kind == ERR_NOT_FOUND && known->count)
		l->no_other = why;
	return may_come(l->no_other.kind) ? 1 : -1;
}

int swarm_leave_find_manager(struct swarm_leaving *l, const struct deadline *d,
			     struct err *e)
{
	struct deadline until = deadline_within(d, LOOK_MS);
	struct swarm_known known;
	int ret;

	swarm_known_read(&known, l->want->host, l->info.managers);
	while ((ret = look(l, &known, &until)) == 1) {
		log_progress("no manager answers (%s); waiting for one",
			     l->no_other.msg);
		if (deadline_pause(&until, AGAIN_MS))
			break;
	}
	if (deadline_stopped(d))
		return err_set(e, ERR_DEADLINE, "stopped while a manager was looked "
			       "for");
	if (!ret || (l->no_other.kind != ERR_HOST_KEY && l->no_other.kind != ERR_AUTH))
		return 0;
	*e = l->no_other;
	return -1;
}
