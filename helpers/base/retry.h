/*
 * retry - one policy for what is tried again: after which errors, how often,
 * until when.
 *
 * A loop of tries has a struct retry on its stack and asks it after each failure.
 * Pauses may grow, which gives an overloaded server time, and jitter may shorten
 * them, so that clients that failed together do not return together. A wait that
 * no error began is no retry.
 */
#ifndef BASE_RETRY_H
#define BASE_RETRY_H

#include "base/deadline.h"
#include "base/err.h"

struct retry {
	struct deadline until; /* when the last try has to begin */
	unsigned may;          /* kinds of error that may pass: ERR_KIND or'ed */
	int64_t every_ms;      /* from the end of a try to the next one; grows */
	unsigned growth;       /* by so many percent with each, 0: not at all */
	int64_t most_ms;       /* and up to this */
	unsigned jitter;       /* percent of a pause that chance may leave out */
	int64_t said_ms;       /* retry_anew's: when it noted `said` */
	char said[sizeof(((struct err *)0)->msg)];
};

/* Whether the error may pass by itself. */
bool retry_may(const struct retry *r, const struct err *e);

/* Whether there is time for the next pause and a try after it. */
bool retry_in_time(const struct retry *r);

/* Waits until the next try is due. False at once when the error does not pass by
 * itself; false when `until` has come first or its stop descriptor has fired. */
bool retry_pause(struct retry *r, const struct err *e);

/* The same for an operation that begins anew as a whole: notes the error, which a
 * person would not see otherwise, every 10 s while it stays the same, and does not
 * wait where no time would be left after it. */
bool retry_anew(struct retry *r, const struct err *e);

#endif
