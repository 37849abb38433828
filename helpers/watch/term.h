/*
 * term - a feed's model on a terminal, for a person with keys (the only user of ncurses).
 */
#ifndef WATCH_TERM_H
#define WATCH_TERM_H

#include "watch/feed.h"

struct watch_term_params {
	struct watch_feed *feed; /* borrowed */
	int signals;             /* readable when it may have to end */
	/* Then asked whether it has to. */
	bool (*is_over)(void *ctx);
	void *ctx;
};

/* Shows the swarm until a person, or `is_over`, ends it. The terminal is as it was
 * afterwards, also when this process is ended by a signal that can be caught. What is written
 * to stderr meanwhile is shown in a line of its own. Errors: ERR_USAGE when stdin or stdout
 * is no terminal, or of a kind that is not known here; ERR_LOCAL. */
int watch_term_run(const struct watch_term_params *p, struct err *e);

#endif
