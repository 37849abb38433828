/* SPDX-License-Identifier: MIT */
/* Decides whether something that failed is tried again, and waits until then. */
#include "base/retry.h"

bool retry_may(const struct retry *r, const struct err *e)
{
	return err_is(e, r->may);
}

bool retry_pause(const struct retry *r, const struct err *e)
{
	return retry_may(r, e) && !deadline_pause(&r->until, r->every_ms);
}
