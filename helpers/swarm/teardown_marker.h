/*
 * teardown_marker - a label on the swarm that keeps what every node's availability was
 * before drain-swarm drained them all.
 *
 * It is a record and no power: with Spec.Labels of the swarm, set by compare and
 * swap on the swarm's version, it outlives the process that set it, so that the
 * next join-node can put everything back after a teardown that was cut off. No
 * leave does anything else because of it.
 */
#ifndef SWARM_TEARDOWN_MARKER_H
#define SWARM_TEARDOWN_MARKER_H

#include "docker/node.h"

struct buf;
struct deadline;
struct err;

/* Makes sure that the marker is set and appends what it says: one that is there
 * already keeps what was before the first drain. Errors, here and below: those of
 * docker_swarm_set_label and docker_node_update; ERR_LOCAL. */
int swarm_teardown_marker_set(struct docker_engine *manager,
			      const struct docker_nodes *nodes, struct buf *marker,
			      const struct deadline *d, struct err *e);

/* Restores the availabilities that `marker` keeps, but for that of the node
 * `but` (may be NULL), and then removes the marker. A node that is no longer
 * drained was set by somebody else and stays as it is. */
int swarm_teardown_marker_remove(struct docker_engine *manager, const char *marker,
				 const char *but, const struct deadline *d,
				 struct err *e);

/* The same with the marker that is there, saying so; nothing to do is success. */
int swarm_teardown_marker_clear(struct docker_engine *manager, const struct deadline *d,
				struct err *e);

#endif
