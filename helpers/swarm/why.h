/*
 * why - an engine's own words for what keeps a host from joining, and what a person can
 * do about it: which port is closed in which direction, whose clock is wrong.
 */
#ifndef SWARM_WHY_H
#define SWARM_WHY_H

#include <stdbool.h>

struct deadline;
struct docker_engine;
struct docker_join;
struct err;

/* Puts what the engine's words in `e` mean for a join through `join` in front of them,
 * where they mean one thing only. What a closed port and a swarm without a leader look like
 * alike is told apart by asking the manager (GET /info): then the error is ERR_NO_LEADER. */
void swarm_why_join(struct docker_engine *host, struct docker_engine *manager,
		    const struct docker_join *join, const struct deadline *d,
		    struct err *e);

/* Whether they are about what cannot pass by itself. Pure. */
bool swarm_why_is_final(const char *text);

/* Whether they say that the managers do not reach this host, which is what the swarm finds
 * out once it has made an entry for the host. Pure. */
bool swarm_why_no_way_back(const char *text);

/* Whether the words of an engine, `text`, are about a certificate that is not valid at this
 * time, while the host's clock is not the manager's: then sets ERR_REFUSED, which tells
 * whose clock is how far off, and returns -1. */
int swarm_why_clock(struct docker_engine *host, struct docker_engine *manager,
		    const char *text, const struct deadline *d, struct err *e);

#endif
