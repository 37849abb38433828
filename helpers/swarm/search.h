/*
 * search - looks for a manager while other things go on, in a thread of its own.
 */
#ifndef SWARM_SEARCH_H
#define SWARM_SEARCH_H

#include "swarm/manager.h"

struct swarm_search;

/* Starts; those behind `after` (a position in the list) are asked first, that one
 * last. `managers` is borrowed until the end. Errors: ERR_LOCAL. */
int swarm_search_start(struct swarm_search **out, const struct swarm_hosts *managers,
		       size_t after, const struct deadline *d, struct err *e);

/* A descriptor that becomes readable once it has ended. */
int swarm_search_fd(const struct swarm_search *s);

/* Waits for the end, frees `s`, hands the manager over. Errors: those of
 * swarm_manager_find. */
int swarm_search_finish(struct swarm_search *s, struct swarm_manager *out, struct err *e);

/* Stops it wherever it is and frees it. NULL is fine. */
void swarm_search_cancel(struct swarm_search *s);

#endif
