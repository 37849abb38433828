/*
 * retry - when something is tried again: how often, until when, after what.
 */
#ifndef BASE_RETRY_H
#define BASE_RETRY_H

#include "base/deadline.h"
#include "base/err.h"

struct retry {
	int64_t every_ms;      /* between two tries */
	struct deadline until; /* of the last one */
	unsigned may;          /* kinds of error that may pass: ERR_KIND or'ed */
};

/* Whether the error may pass by itself. */
bool retry_may(const struct retry *r, const struct err *e);

/* Waits until the next try is due. False at once when the error does not pass by
 * itself, and when there is no time left. */
bool retry_pause(const struct retry *r, const struct err *e);

#endif
