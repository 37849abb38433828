/* SPDX-License-Identifier: MIT */
/* A feed's thread, its beginning and its end. */
#include "watch/feed_internal.h"

#include "base/deadline.h"
#include "base/pipe.h"
#include "base/secret.h"
#include "docker/event.h"
#include "swarm/manager.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static bool is_over(const struct watch_feed *f)
{
	struct deadline d = watch_feed_deadline(f, 0);

	return deadline_stopped(&d);
}

static void *run(void *arg)
{
	struct watch_feed *f = arg;
	struct err e;

	while (!is_over(f)) {
		if (!f->engine && !watch_feed_find(f))
			continue;
		watch_feed_answer(f);
		if (watch_feed_look(f, &e) || watch_feed_wait(f, &e))
			watch_feed_lose(f, &e);
	}
	return NULL;
}

/* Signals are for the thread that shows something. */
static int start_thread(struct watch_feed *f, struct err *e)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	f->started = !pthread_create(&f->thread, NULL, run, f);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return f->started ? 0 : err_set(e, ERR_LOCAL, "no thread can be started");
}

static int open_pipes(struct watch_feed *f, struct err *e)
{
	if (pipe_open(f->stop) || pipe_open(f->knock) || pipe_open(f->news) ||
	    fcntl(f->knock[0], F_SETFL, O_NONBLOCK) ||
	    fcntl(f->knock[1], F_SETFL, O_NONBLOCK) ||
	    fcntl(f->news[0], F_SETFL, O_NONBLOCK) ||
	    fcntl(f->news[1], F_SETFL, O_NONBLOCK))
		return err_set(e, ERR_LOCAL, "no pipe can be opened");
	return 0;
}

int watch_feed_start(struct watch_feed **out, const struct watch_feed_params *p,
		     const struct deadline *d, struct err *e)
{
	struct watch_feed *f = secret_calloc(1, sizeof(*f));
	struct swarm_manager m = { 0 };

	if (!f)
		return err_no_memory(e);
	f->params = *p;
	f->stop[0] = f->stop[1] = f->knock[0] = f->knock[1] = -1;
	f->news[0] = f->news[1] = -1;
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->answered, NULL);
	if (open_pipes(f, e) ||
	    swarm_manager_find(&m, p->managers, NULL, SWARM_MANAGER, d, e)) {
		watch_feed_stop(f);
		return -1;
	}
	watch_feed_use(f, &m);
	if (start_thread(f, e)) {
		watch_feed_stop(f);
		return -1;
	}
	*out = f;
	return 0;
}

void watch_feed_stop(struct watch_feed *f)
{
	if (!f)
		return;
	/* Closing wakes every poll, and cannot fail. */
	if (f->stop[1] >= 0)
		close(f->stop[1]);
	f->stop[1] = -1;
	watch_feed_wake(f->knock);
	if (f->started)
		pthread_join(f->thread, NULL);
	docker_events_close(f->events);
	docker_close(f->engine);
	watch_model_free(&f->model);
	pipe_close(f->stop);
	pipe_close(f->knock);
	pipe_close(f->news);
	pthread_cond_destroy(&f->answered);
	pthread_mutex_destroy(&f->lock);
	secret_free(f);
}
