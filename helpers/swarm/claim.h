/*
 * claim - of several init-swarm that run at once for hosts that name each other,
 * at most one makes a swarm.
 *
 * A claim is a volume with a random name, on the engine of its own host and on
 * those of all its peers. A swarm is made only by who has put its claim on all of
 * them, has looked at all of them after that, and has seen neither another claim
 * nor a swarm. Of two that share an engine, the one that has looked there later has seen
 * the claim of the other, or the swarm that came of it. docs/quorum.md has the
 * whole reasoning.
 */
#ifndef SWARM_CLAIM_H
#define SWARM_CLAIM_H

#include "docker/info.h"

#include <stdbool.h>
#include <stdint.h>

struct deadline;
struct err;
struct swarm_peers;

struct swarm_claim_seen {
	char name[80];
	int64_t since; /* by deadline_now_ms */
	unsigned look; /* the last that saw it */
	bool stranger; /* of a host that is not among the peers */
	char who[512];
};

struct swarm_claim {
	struct docker_engine *host;  /* borrowed */
	struct swarm_peers *peers;   /* borrowed; all have answered */
	const char *engine_id, *who; /* borrowed; of the host */
	char name[80];
	bool put;
	struct swarm_claim_seen seen[16];
	unsigned looks;
};

/* Names the claim. Errors: ERR_LOCAL. */
int swarm_claim_begin(struct swarm_claim *c, struct err *e);

/* Puts it on the own engine, then on the peers'; takes it away, the other way round,
 * and with it what runs for this host that were cut off have left. Errors: those of
 * docker_call. */
int swarm_claim_put(struct swarm_claim *c, const struct deadline *d, struct err *e);
int swarm_claim_withdraw(struct swarm_claim *c, const struct deadline *d, struct err *e);

/* *other: one that runs for another host, NULL without; borrowed. *first: by its name
 * the own one comes before all of those. Takes away what stands for too long.
 * Errors: those of docker_call; ERR_REFUSED when one has gone that is for a host that is
 * not among the peers, so that nobody can tell whether a swarm has come of it. */
int swarm_claim_look(struct swarm_claim *c, const struct swarm_claim_seen **other,
		     bool *first, const struct deadline *d, struct err *e);

#endif
