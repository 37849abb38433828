/*
 * raft_settings - has the managers of a swarm take a snapshot of their state with the next
 * change, and keep nothing of the log before it.
 *
 * A manager that joins then gets the snapshot, and does not replay what was said long ago. What
 * the settings were meanwhile is in a label of the swarm, so that whoever is killed in between
 * leaves it to the next run to put them back.
 */
#ifndef DOCKER_RAFT_SETTINGS_H
#define DOCKER_RAFT_SETTINGS_H

#include "docker/engine.h"

#include <stdbool.h>

struct deadline;
struct err;

/* Sets them so, and writes what they were to the label `key`, unless that is there; is a
 * change in any case. Errors, of all three: those of docker_swarm_read, ERR_DEADLINE when
 * others kept changing it. */
int docker_raft_settings_hold(struct docker_engine *g, const char *key,
			      const struct deadline *d, struct err *e);

/* Puts them back and removes the label, if it is there. */
int docker_raft_settings_release(struct docker_engine *g, const char *key,
				 const struct deadline *d, struct err *e);

/* Whether the label is there. */
int docker_raft_settings_held(struct docker_engine *g, const char *key, bool *held,
			      const struct deadline *d, struct err *e);

#endif
