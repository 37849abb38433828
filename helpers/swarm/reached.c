/* SPDX-License-Identifier: MIT */
/* Connects to all hosts of a list and keeps those that answer. */
#include "swarm/reached.h"

#include "base/retry.h"
#include "base/secret.h"
#include "base/timing.h"
#include "swarm/each.h"
#include "swarm/info_wait.h"

#include <string.h>

struct reaching {
	struct swarm_reached *r;
	const struct deadline *d;
};

static int ask_once(struct swarm_reached_host *h, const struct deadline *d)
{
	if (docker_open(&h->engine, h->target, d, &h->why)) {
		h->engine = NULL;
		return -1;
	}
	if (!docker_info(h->engine, &h->info, d, &h->why) &&
	    !swarm_info_stable(h->engine, &h->info, d, &h->why))
		return 0;
	docker_close(h->engine);
	h->engine = NULL;
	return -1;
}

static void ask(void *ctx, size_t i)
{
	struct reaching *o = ctx;
	struct swarm_reached_host *h = &o->r->list[i];
	struct retry retry = {
		.every_ms = TIMING_RETRY_MS,
		.until = *o->d,
		.may = SWARM_HOST_MAY_COME,
	};

	while (ask_once(h, o->d))
		if (!retry_pause(&retry, &h->why))
			return;
}

int swarm_reached_open(struct swarm_reached *out, const struct swarm_hosts *hosts,
		       int64_t patience_ms, const struct deadline *d, struct err *e)
{
	struct deadline soon = deadline_within(d, patience_ms);
	struct reaching o = { .r = out, .d = &soon };

	out->count = hosts->count;
	out->list = secret_calloc(hosts->count + 1, sizeof(*out->list));
	if (!out->list)
		return err_no_memory(e);
	for (size_t i = 0; i < hosts->count; i++)
		out->list[i].target = &hosts->list[i];
	swarm_each(out->count, ask, &o);
	if (!deadline_stopped(d))
		return 0;
	swarm_reached_close(out);
	return err_set(e, ERR_DEADLINE, "stopped while the hosts were asked");
}

void swarm_reached_close(struct swarm_reached *r)
{
	for (size_t i = 0; i < r->count; i++)
		docker_close(r->list[i].engine);
	secret_free(r->list);
	*r = (struct swarm_reached){ 0 };
}
