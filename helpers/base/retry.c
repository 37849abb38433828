/* SPDX-License-Identifier: MIT */
/* Decides whether something that failed is tried again, and waits until then. */
#include "base/retry.h"

#include "base/log.h"
#include "base/timing.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

bool retry_may(const struct retry *r, const struct err *e)
{
	return err_is(e, r->may);
}

bool retry_in_time(const struct retry *r)
{
	return deadline_left_ms(&r->until) >= r->every_ms;
}

/* A number from 0 to `most`. The microseconds of the clock are chance enough to
 * part those who failed at the same moment. */
static int64_t draw(int64_t most)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_nsec / 1000 % (most + 1);
}

bool retry_pause(struct retry *r, const struct err *e)
{
	int64_t ms = r->every_ms;

	if (!retry_may(r, e))
		return false;
	r->every_ms += r->every_ms * r->growth / 100;
	if (r->growth && r->every_ms > r->most_ms)
		r->every_ms = r->most_ms;
	return !deadline_pause(&r->until, ms - draw(ms * r->jitter / 100));
}

/* Once a second the same line would hide all others. */
static void say(struct retry *r, const struct err *e)
{
	int64_t now = deadline_now_ms();

	if (!strcmp(r->said, e->msg) && now - r->said_ms < TIMING_NOTE_SAME_MS)
		return;
	log_note("%s; looking again", e->msg);
	snprintf(r->said, sizeof(r->said), "%s", e->msg);
	r->said_ms = now;
}

bool retry_anew(struct retry *r, const struct err *e)
{
	if (!retry_may(r, e) || !retry_in_time(r))
		return false;
	say(r, e);
	return retry_pause(r, e);
}
