/*
 * info_wait - waits until an engine's own state of its swarm (GET /info) is
 * stable: dockerd starts, joins and looks for a leader in the background, and has
 * no event for any of that.
 */
#ifndef SWARM_INFO_WAIT_H
#define SWARM_INFO_WAIT_H

#include "base/deadline.h"
#include "docker/info.h"

struct err;

enum swarm_stable {
	SWARM_STABLE,
	SWARM_CHANGING, /* *e says what is waited for */
	SWARM_UNUSABLE  /* *e says why */
};

struct swarm_info_wait;

/* Judges what the engine has said. Sets *e unless that is stable. */
typedef enum swarm_stable swarm_stable_fn(const struct swarm_info_wait *w, struct err *e);

struct swarm_info_wait {
	struct docker_engine *engine;
	struct docker_info *info; /* what the engine said last */
	swarm_stable_fn *stable;
	const void *ctx; /* of stable */
	int64_t every_ms;
};

/* Asks until `stable` says so. Returns SWARM_CHANGING with the error of the last
 * answer when `until` has come, SWARM_UNUSABLE for a failed request as well. */
enum swarm_stable swarm_info_wait(const struct swarm_info_wait *w,
				  const struct deadline *until, const struct deadline *d,
				  struct err *e);

/* SWARM_CHANGING, with ERR_DEADLINE, while the state is pending. */
enum swarm_stable swarm_info_not_pending(const struct swarm_info_wait *w, struct err *e);

/*
 * While the engine says that its swarm state is pending (an earlier join, or a
 * node that has booted and not yet found a manager) it is asked again, for 15 s
 * at most; *info is what it said last. Errors: those of docker_info.
 */
int swarm_info_stable(struct docker_engine *host, struct docker_info *info,
		      const struct deadline *d, struct err *e);

#endif
