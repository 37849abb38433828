/* SPDX-License-Identifier: MIT */
/* Connects to the hosts of a roll. */
#include "swarm/roll_internal.h"

#include "base/retry.h"
#include "base/timing.h"
#include "swarm/each.h"
#include "swarm/reached.h"

#include <string.h>

static int connect(struct swarm_roll_node *n, bool wait, const struct deadline *d,
		   struct err *e)
{
	n->target.login.wait_for_boot = wait;
	if (!n->engine && docker_open(&n->engine, &n->target, d, e)) {
		n->engine = NULL;
		return -1;
	}
	n->used_ms = deadline_now_ms();
	return 0;
}

/* An engine that does not answer is asked again, as it may be restarting. Unlike in
 * reached.c the connection to a host whose engine is silent is kept: the script may be
 * what mends it, and a state that is pending is no reason to wait. */
static int ask_once(struct swarm_roll_node *n, const struct deadline *d)
{
	if (connect(n, false, d, &n->why) || docker_info(n->engine, &n->info, d, &n->why))
		return -1;
	n->answers = true;
	return 0;
}

/* An engine that shuts down takes no new connection, and on one that it has it says that
 * it is in no swarm (moby, Cluster.Cleanup). Only a new connection tells. */
static int ask(struct swarm_roll_node *n, const struct deadline *d)
{
	if (ask_once(n, d))
		return -1;
	if (n->info.state != DOCKER_INACTIVE)
		return 0;
	n->answers = false;
	swarm_roll_close(n);
	return ask_once(n, d);
}

static void open_one(void *ctx, size_t i)
{
	struct swarm_rolling *r = ctx;
	struct swarm_roll_node *n = &r->nodes[i];
	struct retry retry = {
		.every_ms = TIMING_RETRY_MS,
		.until = deadline_within(r->d, TIMING_SILENT_HOST_MS),
		.may = SWARM_HOST_MAY_COME,
	};

	while (ask(n, &retry.until)) {
		/* perhaps not the engine has gone, but the connection */
		if (n->engine && n->why.kind == ERR_UNREACHABLE)
			swarm_roll_close(n);
		if (!retry_pause(&retry, &n->why))
			return;
	}
}

int swarm_roll_open(struct swarm_rolling *r, struct err *e)
{
	swarm_each(r->count, open_one, r);
	if (deadline_stopped(r->d))
		return err_set(e, ERR_DEADLINE, "stopped while the hosts were asked");
	for (size_t i = 0; i < r->count; i++) {
		const struct swarm_roll_node *n = &r->nodes[i];

		if (n->answers || (n->engine && n->why.kind != ERR_LOCAL))
			continue;
		*e = n->why;
		return err_wrap(e, "nothing was begun");
	}
	return 0;
}

int swarm_roll_reopen(struct swarm_roll_node *n, const struct deadline *d, struct err *e)
{
	if (n->engine && deadline_now_ms() - n->used_ms < TIMING_IDLE_MS)
		return 0;
	docker_close(n->engine);
	n->engine = NULL;
	return connect(n, true, d, e);
}

void swarm_roll_close(struct swarm_roll_node *n)
{
	docker_close(n->engine);
	n->engine = NULL;
	swarm_roll_ask_close(&n->ask);
}
