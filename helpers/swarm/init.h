/*
 * init - exactly one swarm, whatever was there before and whoever else is
 * asked at the same time.
 */
#ifndef SWARM_INIT_H
#define SWARM_INIT_H

#include "docker/info.h"
#include "docker/swarm.h"
#include "swarm/hosts.h"

struct deadline;
struct err;

struct swarm_init_params {
	const struct docker_target *host;
	const char *hostname;     /* as asked, to compare with its own; may be NULL */
	struct swarm_hosts peers; /* the other would-be managers */
	struct docker_init init;  /* advertise_addr is required */
};

enum swarm_init_outcome {
	SWARM_CREATED,
	SWARM_JOINED_PEER, /* a peer had a swarm: joined that as a manager */
	SWARM_WAS_NODE
};

/*
 * Already in a swarm: done, unless that swarm was not made to its end (init_journal.h)
 * and is made anew, or the host is in it at another address than was asked
 * (identity.h), which is refused. A peer has a swarm: joins that. All peers have
 * answered that they have none: makes one, unless another init-swarm is about to
 * (claim.h). A peer that does not answer until the deadline ends it with
 * ERR_UNREACHABLE, since it may have a swarm.
 * *info is what the host says afterwards.
 * Errors: those of docker_open; ERR_LOCKED; ERR_REFUSED (the host's swarm
 * state is in error, a peer is a worker of a swarm whose managers are not
 * among the peers, there are two swarms, or one that may have been left by halves);
 * ERR_DEADLINE.
 */
int swarm_init(const struct swarm_init_params *params, enum swarm_init_outcome *outcome,
	       struct docker_info *info, const struct deadline *d, struct err *e);

#endif
