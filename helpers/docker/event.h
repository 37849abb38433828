/*
 * event - waiting for an engine to tell of a change instead of asking again
 * and again (GET /events). Events are hints: whoever waits reads the state
 * itself afterwards, and asks again after a while without one.
 */
#ifndef DOCKER_EVENT_H
#define DOCKER_EVENT_H

#include "docker/engine.h"

struct docker_events; /* belongs to its engine; closed before it */

enum docker_event_kind {
	DOCKER_EVENT_NODE,   /* a manager: node create, update, remove */
	DOCKER_EVENT_SWARM,  /* a manager: all it tells of nodes and services */
	DOCKER_EVENT_UPDATE, /* a manager: node update, and when that was */
	DOCKER_EVENT_TASK    /* any node: a swarm container of this host died */
};

/* Subscribes; read the state afterwards, since what happened before is not
 * told. The caller frees *out with docker_events_close. Errors: those of
 * docker_call and http_stream_open. */
int docker_events_open(struct docker_events **out, struct docker_engine *g,
		       enum docker_event_kind kind, const struct deadline *d,
		       struct err *e);

enum docker_events_waited {
	DOCKER_EVENTS_CAME, /* those that have come together are one */
	DOCKER_EVENTS_NONE, /* in this time; no error */
	DOCKER_EVENTS_FAILED
};

/* Waits at most `ms` milliseconds for something to happen. Errors:
 * ERR_UNREACHABLE when the stream broke, ERR_DEADLINE when the deadline itself has
 * passed or its stop descriptor fired, ERR_LOCAL. */
enum docker_events_waited docker_events_wait(struct docker_events *ev, int64_t ms,
					     const struct deadline *d, struct err *e);

/* Of a stream of DOCKER_EVENT_UPDATE, when the latest change was that a wait has
 * been told of: the node's UpdatedAt (moby daemon/events.go, eventTimestamp), in
 * nanoseconds since 1970; 0 before the first. A manager tells of the changes in
 * its own copy of the swarm's state, when they come to it. */
int64_t docker_events_latest(const struct docker_events *ev);

/* NULL is fine. */
void docker_events_close(struct docker_events *ev);

#endif
