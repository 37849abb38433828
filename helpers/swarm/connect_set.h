/*
 * connect_set - connections to several hosts that are made side by side, in the
 * slots of one array. Zero it, then swarm_connects_init; ends with
 * swarm_connects_free, also after an error.
 */
#ifndef SWARM_CONNECT_SET_H
#define SWARM_CONNECT_SET_H

#include "swarm/connect.h"

#include <stddef.h>

struct pollfd;

struct swarm_connects {
	struct swarm_connect **list; /* NULL: not begun, or finished */
	struct pollfd *fds;          /* one a slot, and the stop descriptor */
	size_t count;
	size_t under_way;
};

/* Makes `count` empty slots. Errors: ERR_LOCAL. */
int swarm_connects_init(struct swarm_connects *s, size_t count, struct err *e);

/* swarm_connect_start for slot `i`. */
int swarm_connects_start(struct swarm_connects *s, size_t i,
			 const struct docker_target *target, enum swarm_connect_goal goal,
			 const struct deadline *d, struct err *e);

/* Waits until one of them has ended, a stop was asked, or `ms` have passed. */
void swarm_connects_wait(struct swarm_connects *s, int64_t ms, const struct deadline *d);

/* Whether slot `i` is under way, and whether it has ended and is not finished. */
bool swarm_connects_is_open(const struct swarm_connects *s, size_t i);
bool swarm_connects_has_ended(const struct swarm_connects *s, size_t i);

/* swarm_connect_finish for slot `i`, which is open. */
int swarm_connects_finish(struct swarm_connects *s, size_t i, struct docker_engine **g,
			  struct docker_info *info, struct err *e);

/* Stops and closes all that are under way. */
void swarm_connects_cancel(struct swarm_connects *s);
void swarm_connects_free(struct swarm_connects *s);

#endif
