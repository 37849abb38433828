/* SPDX-License-Identifier: MIT */
/* What is asked of a manager over a feed's connection. */
#include "watch/feed_internal.h"

#include "base/deadline.h"
#include "base/timing.h"
#include "docker/task_logs.h"

#include <errno.h>
#include <time.h>

void watch_feed_ask(struct watch_feed *f, struct watch_ask *a)
{
	watch_feed_lock(f);
	a->done = a->under_way = false;
	a->next = f->asks;
	f->asks = a;
	watch_feed_unlock(f);
	watch_feed_wake(f->knock);
}

bool watch_feed_await(struct watch_feed *f, struct watch_ask *a, int64_t ms)
{
	struct timespec until;
	bool done;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += (time_t)(ms / 1000);
	watch_feed_lock(f);
	while (!a->done &&
	       pthread_cond_timedwait(&f->answered, &f->lock, &until) != ETIMEDOUT)
		;
	done = a->done;
	watch_feed_unlock(f);
	return done;
}

static void take_out(struct watch_feed *f, const struct watch_ask *a)
{
	struct watch_ask **at = &f->asks;

	while (*at && *at != a)
		at = &(*at)->next;
	if (*at)
		*at = a->next;
}

void watch_feed_drop(struct watch_feed *f, struct watch_ask *a)
{
	watch_feed_lock(f);
	while (a->under_way)
		pthread_cond_wait(&f->answered, &f->lock);
	take_out(f, a);
	watch_feed_unlock(f);
}

void watch_feed_answer(struct watch_feed *f)
{
	struct watch_ask *a;
	bool any = false;

	watch_feed_drain(f->knock);
	watch_feed_lock(f);
	while ((a = f->asks)) {
		struct deadline d = watch_feed_deadline(f, TIMING_WATCH_LOGS_MS);

		a->under_way = true;
		watch_feed_unlock(f);
		a->ret = docker_task_logs(f->engine, a->task, a->lines, &a->text, &d,
					  &a->why);
		watch_feed_lock(f);
		take_out(f, a);
		a->under_way = false;
		a->done = any = true;
		pthread_cond_broadcast(&f->answered);
	}
	watch_feed_unlock(f);
	if (any)
		watch_feed_tell(f);
}
