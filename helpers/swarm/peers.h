/*
 * peers - the other would-be managers, all connected to at once.
 *
 * A struct swarm_peers owns the connections: swarm_peers_close. A peer that has
 * not answered yet, or never will, has no engine.
 */
#ifndef SWARM_PEERS_H
#define SWARM_PEERS_H

#include "docker/info.h"
#include "swarm/connect_set.h"
#include "swarm/hosts.h"

#include <stdbool.h>
#include <stdint.h>

struct deadline;
struct err;

struct swarm_peer {
	struct docker_engine *engine; /* NULL until it has answered; owned */
	struct docker_info info;      /* what it said last */
};

struct swarm_peers {
	struct swarm_peer *list;
	size_t count;
	struct swarm_connects connects; /* of those that have not answered yet */
};

/* Begins to connect to all of them; `hosts` and the stop descriptor of `d` are
 * borrowed until swarm_peers_close. Errors: ERR_LOCAL. */
int swarm_peers_open(struct swarm_peers *p, const struct swarm_hosts *hosts,
		     const struct deadline *d, struct err *e);
void swarm_peers_close(struct swarm_peers *p);

/* Waits until every one of them has answered, or one that is in a swarm has.
 * Errors: of the first that cannot be asked, which may be in a swarm. */
int swarm_peers_ask(struct swarm_peers *p, const struct deadline *d, struct err *e);

/* Gives those that have not answered yet `ms` milliseconds to do so; who does not is
 * let go. */
void swarm_peers_ask_briefly(struct swarm_peers *p, int64_t ms, const struct deadline *d);

/* Asks every one that has answered what it is now. A peer that cannot be asked any
 * more is an error. */
int swarm_peers_look(struct swarm_peers *p, const struct deadline *d, struct err *e);

/* The first that is in a swarm, a manager before a worker; NULL without. */
struct swarm_peer *swarm_peers_in_swarm(const struct swarm_peers *p);

/* The first that is in another swarm than the host `host`, which is in one by
 * `info`; NULL when none is known to be: each of the two has to be on a manager's list
 * of nodes, or to have the swarm's ID, or an address of a manager in common. */
struct swarm_peer *swarm_peers_other(const struct swarm_peers *p,
				     struct docker_engine *host,
				     const struct docker_info *info,
				     const struct deadline *d);

/* What a person is told of two swarms: ERR_REFUSED with the ID of both. Returns -1. */
int swarm_peers_refuse_two(const char *a, const struct docker_info *of_a, const char *b,
			   const struct docker_info *of_b, struct err *e);

/* Asks until the engine's swarm state is no longer pending, as it is while dockerd
 * starts, looks for a leader, or makes or joins a swarm. Errors: those of
 * docker_info; ERR_DEADLINE; ERR_LOCKED and ERR_REFUSED for a state that is locked or in
 * error, of which nobody can say what swarm it is of. */
int swarm_peers_stable(struct docker_engine *g, struct docker_info *info,
		       const struct deadline *d, struct err *e);

#endif
