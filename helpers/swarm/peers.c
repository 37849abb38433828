/* SPDX-License-Identifier: MIT */
/* Asks the peers of an init-swarm for the swarm that they are in. */
#include "swarm/peers.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/secret.h"
#include "docker/node.h"
#include "swarm/rejoin.h"
#include "swarm/connect.h"

#include <poll.h>
#include <string.h>

#define ASK_AGAIN_MS 500

static int refuse_unusable(const char *label, const struct docker_info *info,
			   struct err *e)
{
	if (info->state == DOCKER_LOCKED)
		return err_set(e, ERR_LOCKED, "%s: its swarm is locked; unlock it "
			       "there with `docker swarm unlock`", label);
	if (info->state == DOCKER_ERROR)
		return err_set(e, ERR_REFUSED, "%s: its swarm state is in error "
			       "(%s); mend it, or give it up there with `docker "
			       "swarm leave --force`", label, info->error);
	return 0;
}

int swarm_peers_settle(struct docker_engine *g, struct docker_info *info,
		       const struct deadline *d, struct err *e)
{
	for (;;) {
		if (docker_info(g, info, d, e))
			return -1;
		if (info->state != DOCKER_PENDING)
			return refuse_unusable(docker_label(g), info, e);
		log_progress("%s: its swarm state is pending%s%s; waiting",
			     docker_label(g), info->error[0] ? ": " : "",
			     info->error);
		if (deadline_pause(d, ASK_AGAIN_MS))
			return err_set(e, ERR_DEADLINE, "%s: its swarm state is "
				       "still pending: %s", docker_label(g),
				       info->error);
	}
}

int swarm_peers_open(struct swarm_peers *p, const struct swarm_hosts *hosts,
		     const struct deadline *d, struct err *e)
{
	*p = (struct swarm_peers){ .count = hosts->count };
	p->list = secret_calloc(p->count + 1, sizeof(*p->list));
	p->fds = secret_calloc(p->count + 1, sizeof(*p->fds));
	if (!p->list || !p->fds)
		return err_set(e, ERR_LOCAL, "out of memory");
	for (size_t i = 0; i < p->count; i++)
		if (swarm_connect_start(&p->list[i].opening, &hosts->list[i],
					SWARM_ANY_ENGINE, d, e))
			return -1;
	return 0;
}

void swarm_peers_close(struct swarm_peers *p)
{
	for (size_t i = 0; p->list && i < p->count; i++) {
		swarm_connect_cancel(p->list[i].opening);
		docker_close(p->list[i].engine);
	}
	secret_free(p->list);
	secret_free(p->fds);
	*p = (struct swarm_peers){ 0 };
}

/* Waits until one has ended, or `d` has; how many are under way. */
static size_t wait_for_any(struct swarm_peers *p, const struct deadline *d)
{
	size_t n = p->count, open = 0;

	for (size_t i = 0; i < n; i++) {
		struct swarm_connect *o = p->list[i].opening;

		p->fds[i].fd = o ? swarm_connect_fd(o) : -1;
		p->fds[i].events = POLLIN;
		open += o != NULL;
	}
	p->fds[n] = (struct pollfd){ .fd = d->stop_fd, .events = POLLIN };
	if (open)
		poll(p->fds, (nfds_t)n + 1, (int)deadline_left_ms(d));
	return open;
}

static int finish(struct swarm_peer *peer, struct err *e)
{
	struct swarm_connect *o = peer->opening;

	peer->opening = NULL;
	return swarm_connect_finish(o, &peer->engine, &peer->info, e);
}

static bool has_ended(const struct swarm_peer *peer)
{
	return peer->opening && swarm_connect_wait(peer->opening, 0);
}

int swarm_peers_ask(struct swarm_peers *p, const struct deadline *d,
		    struct err *e)
{
	while (!swarm_peers_in_swarm(p) && wait_for_any(p, d)) {
		for (size_t i = 0; i < p->count; i++) {
			struct swarm_peer *peer = &p->list[i];

			if (!has_ended(peer) &&
			    (!peer->opening || deadline_left_ms(d)))
				continue;
			if (finish(peer, e))
				return err_wrap(e, "cannot rule out that this peer "
						"has a swarm already");
			if (swarm_peers_settle(peer->engine, &peer->info, d, e))
				return -1;
		}
	}
	return 0;
}

void swarm_peers_ask_briefly(struct swarm_peers *p, int64_t ms,
			     const struct deadline *d)
{
	struct deadline soon = deadline_within(d, ms);
	struct err ignored;

	while (wait_for_any(p, &soon)) {
		for (size_t i = 0; i < p->count; i++)
			if (has_ended(&p->list[i]))
				finish(&p->list[i], &ignored);
		if (!deadline_left_ms(&soon))
			break;
	}
	for (size_t i = 0; i < p->count; i++) {
		swarm_connect_cancel(p->list[i].opening);
		p->list[i].opening = NULL;
	}
}

int swarm_peers_look(struct swarm_peers *p, const struct deadline *d,
		     struct err *e)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->list[i].engine &&
		    swarm_peers_settle(p->list[i].engine, &p->list[i].info, d, e))
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
static bool lacks(struct docker_engine *g, const struct docker_info *of_g,
		  const char *id, const struct deadline *d)
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

int swarm_peers_refuse_two(const char *a, const struct docker_info *of_a,
			   const char *b, const struct docker_info *of_b,
			   struct err *e)
{
	return err_set(e, ERR_REFUSED, "there are two swarms: %s is in %s "
		       "(managers %.200s), %s in %s (managers %.200s); let the hosts "
		       "of the one that is to go leave it with `docker swarm leave "
		       "--force`, and run this again", a, id_of(of_a), of_a->managers,
		       b, id_of(of_b), of_b->managers);
}
