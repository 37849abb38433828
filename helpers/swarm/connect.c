/* SPDX-License-Identifier: MIT */
/* Connects to a host in a thread of its own. */
#include "swarm/connect.h"

#include "base/err.h"
#include "base/pipe.h"
#include "base/secret.h"
#include "base/timing.h"
#include "swarm/info_wait.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

struct swarm_connect {
	struct docker_target target; /* its awaits_login is `answered` */
	atomic_bool answered;
	enum swarm_connect_goal goal;
	struct deadline deadline; /* stop_fd is the read end of `stop` */
	int outer_stop_fd;
	int stop[2];
	int ended[2];
	pthread_t thread;
	struct docker_engine *engine;
	struct docker_info info;
	struct err err;
	int result;
};

int swarm_connect_is_manager(const char *label, const struct docker_info *info,
			     struct err *e)
{
	if (info->state == DOCKER_LOCKED)
		return err_set(e, ERR_LOCKED,
			       "%s: its swarm is locked; unlock it "
			       "there with `docker swarm unlock`",
			       label);
	if (info->state != DOCKER_ACTIVE)
		return err_set(e, ERR_NOT_MANAGER,
			       "%s: no manager (its swarm state "
			       "is %s); name a running manager",
			       label, docker_state_name(info->state));
	if (!info->manager)
		return err_set(e, ERR_NOT_MANAGER,
			       "%s: a worker, not a manager; "
			       "name a manager",
			       label);
	if (!info->cluster_id[0])
		return err_set(e, ERR_NO_LEADER,
			       "%s: the swarm has no leader: too "
			       "few of its managers are up; bring them back, then "
			       "try again",
			       label);
	return 0;
}

static enum swarm_stable serves(const struct swarm_info_wait *w, struct err *e)
{
	if (!swarm_connect_is_manager(docker_label(w->engine), w->info, e))
		return SWARM_STABLE;
	/* an election that has taken longer than the manager waits for it */
	return e->kind == ERR_NO_LEADER && docker_info_timed_out(w->info)
		       ? SWARM_CHANGING
		       : SWARM_UNUSABLE;
}

static enum swarm_stable serves_some_day(const struct swarm_info_wait *w, struct err *e)
{
	if (!swarm_connect_is_manager(docker_label(w->engine), w->info, e))
		return SWARM_STABLE;
	return err_is(e, ERR_KIND(ERR_NOT_MANAGER) | ERR_KIND(ERR_NO_LEADER))
		       ? SWARM_CHANGING
		       : SWARM_UNUSABLE;
}

static enum swarm_stable always(const struct swarm_info_wait *w, struct err *e)
{
	(void)w;
	(void)e;
	return SWARM_STABLE;
}

static int look(struct swarm_connect *c)
{
	static swarm_stable_fn *const goals[] = {
		[SWARM_ANY_ENGINE] = always,
		[SWARM_MANAGER] = serves,
		[SWARM_MANAGER_PATIENT] = serves_some_day,
	};
	struct swarm_info_wait w = {
		.engine = c->engine,
		.info = &c->info,
		.stable = goals[c->goal],
		.every_ms = TIMING_RETRY_MS,
	};

	return swarm_info_wait(&w, &c->deadline, &c->deadline, &c->err) == SWARM_STABLE
		       ? 0
		       : -1;
}

static void *run(void *arg)
{
	struct swarm_connect *o = arg;

	o->result = docker_open(&o->engine, &o->target, &o->deadline, &o->err);
	if (!o->result)
		o->result = look(o);
	/* Closing, unlike writing, cannot fail and wakes every poll. */
	close(o->ended[1]);
	return NULL;
}

int swarm_connect_start(struct swarm_connect **out, const struct docker_target *target,
			enum swarm_connect_goal goal, const struct deadline *d,
			struct err *e)
{
	struct swarm_connect *o = secret_calloc(1, sizeof(*o));

	if (!o)
		return err_no_memory(e);
	o->target = *target;
	o->target.login.awaits_login = &o->answered;
	o->goal = goal;
	o->stop[0] = o->stop[1] = o->ended[0] = o->ended[1] = -1;
	if (pipe_open(o->stop) || pipe_open(o->ended))
		goto fail;
	o->outer_stop_fd = d->stop_fd;
	o->deadline = *d;
	o->deadline.stop_fd = o->stop[0];
	if (pthread_create(&o->thread, NULL, run, o))
		goto fail;
	*out = o;
	return 0;
fail:
	err_set(e, ERR_LOCAL, "%s: cannot start a connection: %s", target->label,
		strerror(errno));
	pipe_close(o->stop);
	pipe_close(o->ended);
	secret_free(o);
	return -1;
}

int swarm_connect_fd(const struct swarm_connect *o)
{
	return o->ended[0];
}

bool swarm_connect_answered(const struct swarm_connect *o)
{
	return atomic_load(&o->answered);
}

bool swarm_connect_wait(const struct swarm_connect *o, int64_t ms)
{
	struct pollfd p[] = {
		{ .fd = o->ended[0], .events = POLLIN },
		{ .fd = o->outer_stop_fd, .events = POLLIN },
	};

	poll(p, 2, (int)ms);
	return p[0].revents != 0;
}

static void end(struct swarm_connect *o)
{
	close(o->stop[1]);
	pthread_join(o->thread, NULL);
	close(o->stop[0]);
	close(o->ended[0]);
}

int swarm_connect_finish(struct swarm_connect *o, struct docker_engine **g,
			 struct docker_info *info, struct err *e)
{
	int ret;

	/* An interrupt ends the wait; closing `stop` then ends the thread. */
	swarm_connect_wait(o, deadline_left_ms(&o->deadline) + 1000);
	end(o);
	ret = o->result;
	if (ret) {
		*e = o->err;
		docker_close(o->engine);
	} else {
		*g = o->engine;
		*info = o->info;
	}
	secret_free(o);
	return ret;
}

void swarm_connect_cancel(struct swarm_connect *o)
{
	if (!o)
		return;
	end(o);
	docker_close(o->engine);
	secret_free(o);
}
