/* SPDX-License-Identifier: MIT */
/* Asks the peers of an init-swarm for the swarm that they are in. */
#include "swarm/peers.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/timing.h"
#include "docker/node.h"
#include "swarm/rejoin.h"
#include "swarm/info_wait.h"

#include <string.h>

static int refuse_unusable(const char *label, const struct docker_info *info,
			   struct err *e)
{
	if (info->state == DOCKER_LOCKED)
		return err_set(e, ERR_LOCKED,
			       "%s: its swarm is locked; unlock it "
			       "there with `docker swarm unlock`",
			       label);
	if (info->state == DOCKER_ERROR)
		return err_set(e, ERR_REFUSED,
			       "%s: its swarm state is in error "
			       "(%s); mend it, or give it up there with `docker "
			       "swarm leave --force`",
			       label, info->error);
	return 0;
}

static enum swarm_stable is_usable(const struct swarm_info_wait *w, struct err *e)
{
	enum swarm_stable stable = swarm_info_not_pending(w, e);

	if (stable != SWARM_STABLE)
		return stable;
	if (refuse_unusable(docker_label(w->engine), w->info, e))
		return SWARM_UNUSABLE;
	return SWARM_STABLE;
}

int swarm_peers_stable(struct docker_engine *g, struct docker_info *info,
		       const struct deadline *d, struct err *e)
{
	struct swarm_info_wait w = {
		.engine = g,
		.info = info,
		.stable = is_usable,
		.every_ms = TIMING_MANAGER_MS,
	};

	return swarm_info_wait(&w, d, d, e) == SWARM_STABLE ? 0 : -1;
}

int swarm_peers_open(struct swarm_peers *p, const struct swarm_hosts *hosts,
		     const struct deadline *d, struct err *e)
{
	*p = (struct swarm_peers){ .count = hosts->count };
	p->list = secret_calloc(p->count + 1, sizeof(*p->list));
	if (!p->list)
		return err_no_memory(e);
	if (swarm_connects_init(&p->connects, p->count, e))
		return -1;
	for (size_t i = 0; i < p->count; i++)
		if (swarm_connects_start(&p->connects, i, &hosts->list[i],
					 SWARM_ANY_ENGINE, d, e))
			return -1;
	return 0;
}

void swarm_peers_close(struct swarm_peers *p)
{
	swarm_connects_free(&p->connects);
	for (size_t i = 0; p->list && i < p->count; i++)
		docker_close(p->list[i].engine);
	secret_free(p->list);
	*p = (struct swarm_peers){ 0 };
}

/* Waits until one has answered, or `d` has come; whether any is under way. */
static bool wait_for_any(struct swarm_peers *p, const struct deadline *d)
{
	if (p->connects.under_way)
		swarm_connects_wait(&p->connects, deadline_left_ms(d), d);
	return p->connects.under_way;
}

static int finish(struct swarm_peers *p, size_t i, struct err *e)
{
	struct swarm_peer *peer = &p->list[i];

	return swarm_connects_finish(&p->connects, i, &peer->engine, &peer->info, e);
}

int swarm_peers_ask(struct swarm_peers *p, const struct deadline *d, struct err *e)
{
	while (!swarm_peers_in_swarm(p) && wait_for_any(p, d)) {
		for (size_t i = 0; i < p->count; i++) {
			struct swarm_peer *peer = &p->list[i];

			if (!swarm_connects_has_ended(&p->connects, i) &&
			    (!swarm_connects_is_open(&p->connects, i) ||
			     deadline_left_ms(d)))
				continue;
			if (finish(p, i, e))
				return err_wrap(e, "cannot rule out that this peer "
						   "has a swarm already");
			if (swarm_peers_stable(peer->engine, &peer->info, d, e))
				return -1;
		}
	}
	return 0;
}

void swarm_peers_ask_briefly(struct swarm_peers *p, int64_t ms, const struct deadline *d)
{
	struct deadline soon = deadline_within(d, ms);
	struct err ignored;

	while (wait_for_any(p, &soon)) {
		for (size_t i = 0; i < p->count; i++)
			if (swarm_connects_has_ended(&p->connects, i))
				finish(p, i, &ignored);
		if (!deadline_left_ms(&soon))
			break;
	}
	swarm_connects_cancel(&p->connects);
}

int swarm_peers_look(struct swarm_peers *p, const struct deadline *d, struct err *e)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->list[i].engine &&
		    swarm_peers_stable(p->list[i].engine, &p->list[i].info, d, e))
			return err_wrap(e, "cannot rule out that this peer has a "
					   "swarm already");
	return 0;
}

struct swarm_peer *swarm_peers_in_swarm(const struct swarm_peers *p)
{
	struct swarm_peer *worker = NULL;

	for (size_t i = 0; i < p->count; i++) {
		struct swarm_peer *peer = &p->list[i];

		if (!peer->engine || peer->info.state != DOCKER_ACTIVE)
			continue;
		if (peer->info.manager)
			return peer;
		worker = worker ? worker : peer;
	}
	return worker;
}

/* Whether the manager `g` says that it has no node `id`. */
static bool lacks(struct docker_engine *g, const struct docker_info *of_g, const char *id,
		  const struct deadline *d)
{
	struct docker_node n = { 0 };
	struct err why;

	if (!of_g->manager || !*id)
		return false;
	if (!docker_node_read(g, id, &n, d, &why)) {
		docker_node_free(&n);
		return false;
	}
	return why.kind == ERR_NOT_FOUND;
}

/* An entry may have been removed by hand; then the managers are still the same. */
static bool is_other(struct docker_engine *a, const struct docker_info *of_a,
		     struct docker_engine *b, const struct docker_info *of_b,
		     const struct deadline *d)
{
	if (*of_a->cluster_id && *of_b->cluster_id)
		return strcmp(of_a->cluster_id, of_b->cluster_id) != 0;
	if (swarm_rejoin_same_managers(of_a->managers, of_b->managers))
		return false;
	return lacks(a, of_a, of_b->node_id, d) || lacks(b, of_b, of_a->node_id, d);
}

struct swarm_peer *swarm_peers_other(const struct swarm_peers *p,
				     struct docker_engine *host,
				     const struct docker_info *info,
				     const struct deadline *d)
{
	for (size_t i = 0; i < p->count; i++) {
		struct swarm_peer *peer = &p->list[i];

		if (peer->engine && peer->engine != host &&
		    peer->info.state == DOCKER_ACTIVE &&
		    is_other(host, info, peer->engine, &peer->info, d))
			return peer;
	}
	return NULL;
}

static const char *id_of(const struct docker_info *info)
{
	return *info->cluster_id ? info->cluster_id
				 : "its ID is known to its managers only";
}

int swarm_peers_refuse_two(const char *a, const struct docker_info *of_a, const char *b,
			   const struct docker_info *of_b, struct err *e)
{
	return err_set(e, ERR_REFUSED,
		       "there are two swarms: %s is in %s "
		       "(managers %.200s), %s in %s (managers %.200s); let the hosts "
		       "of the one that is to go leave it with `docker swarm leave "
		       "--force`, and run this again",
		       a, id_of(of_a), of_a->managers, b, id_of(of_b), of_b->managers);
}
