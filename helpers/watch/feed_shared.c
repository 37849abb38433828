/* SPDX-License-Identifier: MIT */
/* What a feed's thread and those who show its model share: a lock, and pipes to wake each other. */
#include "watch/feed_internal.h"

#include "base/deadline.h"

#include <unistd.h>

struct deadline watch_feed_deadline(const struct watch_feed *f, int64_t ms)
{
	struct deadline d = deadline_in(ms);

	d.stop_fd = f->stop[0];
	return d;
}

/* A full pipe says enough. */
void watch_feed_wake(const int fd[2])
{
	ssize_t ignored = write(fd[1], "", 1);

	(void)ignored;
}

void watch_feed_drain(const int fd[2])
{
	char bytes[64];

	while (read(fd[0], bytes, sizeof(bytes)) > 0)
		;
}

void watch_feed_tell(struct watch_feed *f)
{
	watch_feed_wake(f->news);
}

int watch_feed_fd(const struct watch_feed *f)
{
	return f->news[0];
}

void watch_feed_woken(struct watch_feed *f)
{
	watch_feed_drain(f->news);
}

void watch_feed_lock(struct watch_feed *f)
{
	pthread_mutex_lock(&f->lock);
}

void watch_feed_unlock(struct watch_feed *f)
{
	pthread_mutex_unlock(&f->lock);
}

const struct watch_model *watch_feed_model(const struct watch_feed *f)
{
	return &f->model;
}

const struct watch_status *watch_feed_status(const struct watch_feed *f)
{
	return &f->status;
}
