/* SPDX-License-Identifier: MIT */
/* Connects to several hosts side by side. */
#include "swarm/connect_set.h"

#include "base/err.h"
#include "base/secret.h"

#include <poll.h>

int swarm_connects_init(struct swarm_connects *s, size_t count, struct err *e)
{
	*s = (struct swarm_connects){ .count = count };
	s->list = secret_calloc(count + 1, sizeof(*s->list));
	s->fds = secret_calloc(count + 1, sizeof(*s->fds));
	return s->list && s->fds ? 0 : err_no_memory(e);
}

int swarm_connects_start(struct swarm_connects *s, size_t i,
			 const struct docker_target *target, enum swarm_connect_goal goal,
			 const struct deadline *d, struct err *e)
{
	if (swarm_connect_start(&s->list[i], target, goal, d, e))
		return -1;
	s->under_way++;
	return 0;
}

void swarm_connects_wait(struct swarm_connects *s, int64_t ms, const struct deadline *d)
{
	size_t n = s->count;

	for (size_t i = 0; i < n; i++) {
		s->fds[i].fd = s->list[i] ? swarm_connect_fd(s->list[i]) : -1;
		s->fds[i].events = POLLIN;
	}
	s->fds[n] = (struct pollfd){ .fd = d->stop_fd, .events = POLLIN };
	poll(s->fds, (nfds_t)n + 1, (int)ms);
}

bool swarm_connects_is_open(const struct swarm_connects *s, size_t i)
{
	return s->list[i] != NULL;
}

bool swarm_connects_has_ended(const struct swarm_connects *s, size_t i)
{
	return s->list[i] && swarm_connect_wait(s->list[i], 0);
}

int swarm_connects_finish(struct swarm_connects *s, size_t i, struct docker_engine **g,
			  struct docker_info *info, struct err *e)
{
	struct swarm_connect *c = s->list[i];

	s->list[i] = NULL;
	s->under_way--;
	return swarm_connect_finish(c, g, info, e);
}

void swarm_connects_cancel(struct swarm_connects *s)
{
	for (size_t i = 0; s->list && i < s->count; i++) {
		swarm_connect_cancel(s->list[i]);
		s->list[i] = NULL;
	}
	s->under_way = 0;
}

void swarm_connects_free(struct swarm_connects *s)
{
	swarm_connects_cancel(s);
	secret_free(s->list);
	secret_free(s->fds);
	*s = (struct swarm_connects){ 0 };
}
