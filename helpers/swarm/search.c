/* SPDX-License-Identifier: MIT */
/* Looks for a manager in a thread of its own. */
#include "swarm/search.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/pipe.h"
#include "base/secret.h"

#include <pthread.h>
#include <unistd.h>

struct swarm_search {
	struct swarm_hosts hosts; /* the list is its own */
	struct docker_target *list;
	struct deadline deadline; /* stop_fd is the read end of `stop` */
	int stop[2];
	int ended[2];
	pthread_t thread;
	struct swarm_manager found;
	struct err err;
	int result;
};

static void *run(void *arg)
{
	struct swarm_search *s = arg;

	s->result = swarm_manager_find(&s->found, &s->hosts, NULL, SWARM_MANAGER,
				       &s->deadline, &s->err);
	/* Closing, unlike writing, cannot fail and wakes every poll. */
	close(s->ended[1]);
	s->ended[1] = -1;
	return NULL;
}

static void release(struct swarm_search *s)
{
	pipe_close(s->stop);
	pipe_close(s->ended);
	secret_free(s->list);
	secret_free(s);
}

int swarm_search_start(struct swarm_search **out, const struct swarm_hosts *managers,
		       size_t after, const struct deadline *d, struct err *e)
{
	struct swarm_search *s = secret_calloc(1, sizeof(*s));
	size_t n = managers->count;

	if (!s)
		return err_no_memory(e);
	s->stop[0] = s->stop[1] = s->ended[0] = s->ended[1] = -1;
	s->list = secret_calloc(n, sizeof(*s->list));
	if (!s->list || pipe_open(s->stop) || pipe_open(s->ended))
		goto fail;
	for (size_t i = 0; i < n; i++)
		s->list[i] = managers->list[(after + 1 + i) % n];
	s->hosts = (struct swarm_hosts){ .list = s->list, .count = n };
	s->deadline = *d;
	s->deadline.stop_fd = s->stop[0];
	if (pthread_create(&s->thread, NULL, run, s))
		goto fail;
	*out = s;
	return 0;
fail:
	release(s);
	return err_set(e, ERR_LOCAL,
		       "cannot look for a manager: out of memory, threads or "
		       "descriptors");
}

int swarm_search_fd(const struct swarm_search *s)
{
	return s->ended[0];
}

int swarm_search_finish(struct swarm_search *s, struct swarm_manager *out, struct err *e)
{
	int ret;

	pthread_join(s->thread, NULL);
	ret = s->result;
	if (ret)
		*e = s->err;
	else
		*out = s->found;
	release(s);
	return ret;
}

void swarm_search_cancel(struct swarm_search *s)
{
	if (!s)
		return;
	close(s->stop[1]);
	s->stop[1] = -1;
	pthread_join(s->thread, NULL);
	if (!s->result)
		docker_close(s->found.engine);
	release(s);
}
