/*
 * usage - what the tasks of one node use of its processors and memory now.
 *
 * Only the node's own engine knows: it is connected to for this alone, as the manager is, with
 * the same user and key and its own host key verified.
 */
#ifndef WATCH_USAGE_H
#define WATCH_USAGE_H

#include "watch/feed.h"

struct buf;

/* Takes two samples of each running task of the node a moment apart, and appends one object:
 * {"node":ID,"tasks":[{"task":ID,"cpu":0.25,"memory":BYTES,"limit":BYTES},...]}, cpu in
 * processors. `managers` are those of the feed; one that is the node is connected to as it
 * is named there, another node at its address in the swarm. Errors: ERR_NOT_FOUND for a node
 * that is not in the model; those of docker_open; ERR_DEADLINE. */
int watch_usage(struct watch_feed *f, const struct swarm_hosts *managers,
		const char *node, struct buf *out, const struct deadline *d,
		struct err *e);

#endif
