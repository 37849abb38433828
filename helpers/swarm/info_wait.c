/* SPDX-License-Identifier: MIT */
/* Asks an engine for its swarm state until that is stable. */
#include "swarm/info_wait.h"

#include "base/err.h"
#include "base/log.h"
#include "base/timing.h"

enum swarm_stable swarm_info_wait(const struct swarm_info_wait *w,
				  const struct deadline *until, const struct deadline *d,
				  struct err *e)
{
	struct err changing = { 0 };
	struct docker_info now;
	enum swarm_stable stable;

	for (;;) {
		if (docker_info(w->engine, &now, d, e)) {
			if (e->kind != ERR_DEADLINE || deadline_stopped(d) ||
			    !changing.kind)
				return SWARM_UNUSABLE;
			/* What is waited for tells more than the deadline. */
			*e = changing;
			return SWARM_CHANGING;
		}
		*w->info = now;
		stable = w->stable(w, e);
		if (stable != SWARM_CHANGING)
			return stable;
		changing = *e;
		log_progress("%s; waiting", e->msg);
		if (deadline_pause(until, w->every_ms))
			return SWARM_CHANGING;
	}
}

enum swarm_stable swarm_info_not_pending(const struct swarm_info_wait *w, struct err *e)
{
	const struct docker_info *info = w->info;

	if (info->state != DOCKER_PENDING)
		return SWARM_STABLE;
	err_set(e, ERR_DEADLINE, "%s: its swarm state is pending%s%s",
		docker_label(w->engine), info->error[0] ? ": " : "", info->error);
	return SWARM_CHANGING;
}

int swarm_info_stable(struct docker_engine *host, struct docker_info *info,
		      const struct deadline *d, struct err *e)
{
	struct deadline until = deadline_within(d, TIMING_PENDING_MS);
	struct swarm_info_wait w = {
		.engine = host,
		.info = info,
		.stable = swarm_info_not_pending,
		.every_ms = TIMING_ENGINE_MS,
	};
	struct err pending;

	if (swarm_info_not_pending(&w, &pending) == SWARM_STABLE)
		return 0;
	return swarm_info_wait(&w, &until, d, e) == SWARM_UNUSABLE ? -1 : 0;
}
