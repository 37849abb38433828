/* SPDX-License-Identifier: MIT */
/* Makes sure that there is exactly one swarm. */
#include "swarm/init.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/retry.h"
#include "base/timing.h"
#include "swarm/node_leave.h"
#include "swarm/node_match.h"
#include "swarm/raft_sync.h"
#include "swarm/claim.h"
#include "swarm/identity.h"
#include "swarm/peers.h"
#include "swarm/init_journal.h"
#include "swarm/refused_join.h"
#include "swarm/why.h"

#include <string.h>

/* One run of init-swarm. */
struct run {
	const struct swarm_init_params *params;
	struct docker_engine *host;
	struct docker_info *info; /* of the host */
	struct swarm_peers peers;
	struct swarm_claim claim;
	enum swarm_init_outcome outcome;
	bool asked; /* the engine was sent a request to make a swarm */
	bool cut;   /* and may have died over it */
};

/* ---- a peer's swarm ---- */

static int join_peer(struct run *r, const struct swarm_peer *p, const struct deadline *d,
		     struct err *e)
{
	const struct docker_init *init = &r->params->init;
	struct docker_swarm swarm = { 0 };
	struct docker_join join = {
		.remote_addrs = p->info.managers,
		.advertise_addr = init->advertise_addr,
		.listen_addr = init->listen_addr,
		.data_path_addr = init->data_path_addr,
	};
	int ret = -1;

	log_note("%s has a swarm already; joining that one", docker_label(p->engine));
	if (docker_swarm_read(p->engine, &swarm, d, e))
		goto out;
	join.token = swarm.manager_token;
	ret = docker_swarm_join(r->host, &join, d, e);
	/* in a swarm by now: libcurl sent it twice, and the first was done */
	if (ret && e->kind == ERR_CONFLICT)
		ret = 0;
out:
	docker_swarm_wipe(&swarm);
	return ret;
}

/* A join goes on in the background after dockerd has answered. */
static int wait_active(struct run *r, const struct deadline *d, struct err *e)
{
	if (swarm_peers_stable(r->host, r->info, d, e))
		return -1;
	if (r->info->state == DOCKER_INACTIVE)
		return err_set(e, ERR_REFUSED,
			       "%s: still in no swarm after init or "
			       "join; see dockerd's log there",
			       docker_label(r->host));
	return 0;
}

/* Joins, or says why it cannot and leaves no entry behind. */
static int enter(struct run *r, const struct swarm_peer *p, const struct deadline *d,
		 struct err *e)
{
	struct swarm_refused_join refused = {
		.manager = p->engine,
		.hostname = r->info->hostname,
		.advertise_addr = r->params->init.advertise_addr,
	};
	struct docker_join join = {
		.remote_addrs = p->info.managers,
		.advertise_addr = r->params->init.advertise_addr,
	};
	int ret = -1;

	if (swarm_node_stop_orphans(r->host, d, e) ||
	    swarm_refused_join_begin(&refused, d, e))
		goto out;
	if (!join_peer(r, p, d, e) && !wait_active(r, d, e))
		ret = 0;
	if (ret && swarm_why_no_way_back(e->msg))
		swarm_refused_join_clear(&refused, d);
	if (ret)
		swarm_why_join(r->host, p->engine, &join, d, e);
out:
	swarm_refused_join_end(&refused);
	return ret;
}

/* The next host to join has to find a manager that has the raft's log. No join lease
 * is needed: nobody joins before this has ended. */
static int follow(struct run *r, struct swarm_peer *p, const struct deadline *d,
		  struct err *e)
{
	struct swarm_peer *other;
	struct err why;

	swarm_peers_ask_briefly(&r->peers, TIMING_BRIEFLY_MS, d);
	p = swarm_peers_in_swarm(&r->peers);
	other = swarm_peers_other(&r->peers, p->engine, &p->info, d);
	if (other)
		return swarm_peers_refuse_two(docker_label(p->engine), &p->info,
					      docker_label(other->engine), &other->info,
					      e);
	if (!p->info.manager)
		return err_set(e, ERR_REFUSED,
			       "%s: already a worker of a swarm "
			       "(managers %s); name one of these among the peers",
			       docker_label(p->engine), p->info.managers);
	r->outcome = SWARM_JOINED_PEER;
	if (enter(r, p, d, e))
		return -1;
	if (swarm_raft_sync(p->engine, r->host, r->info->node_id, NULL, d, &why))
		log_warn("it has joined, but perhaps not caught up: %s", why.msg);
	return 0;
}

/* ---- a swarm of its own ---- */

/* Puts the claim, when nobody else has one; withdraws it for one that comes before it,
 * and in any case when others do not go. *since: when it was put. */
static int hold(struct run *r, const struct swarm_claim_seen *other, bool first,
		int64_t *since, const struct deadline *d, struct err *e)
{
	struct swarm_claim *c = &r->claim;

	if (!other) {
		*since = deadline_now_ms();
		return swarm_claim_put(c, d, e);
	}
	if (c->put && (!first || deadline_now_ms() - *since >= TIMING_BRIEFLY_MS) &&
	    swarm_claim_withdraw(c, d, e))
		return -1;
	log_progress("an init-swarm for %s is under way; waiting for it", other->who);
	if (deadline_pause(d, TIMING_MANAGER_MS))
		return err_set(e, ERR_DEADLINE,
			       "the time ran out while waiting for "
			       "an init-swarm for %s",
			       other->who);
	return 0;
}

/* Until its claim is the only one, or a peer has a swarm: *with. The claims are read
 * before the states, since a claim goes only once the swarm is there. */
static int claim(struct run *r, struct swarm_peer **with, const struct deadline *d,
		 struct err *e)
{
	const struct swarm_claim_seen *other;
	int64_t since = 0;
	bool first, had;

	for (;;) {
		had = r->claim.put;
		if (swarm_claim_look(&r->claim, &other, &first, d, e) ||
		    swarm_peers_look(&r->peers, d, e))
			return -1;
		*with = swarm_peers_in_swarm(&r->peers);
		if (*with)
			return swarm_claim_withdraw(&r->claim, d, e);
		if (!other && had)
			return 0;
		if (hold(r, other, first, &since, d, e))
			return -1;
	}
}

/* An engine that has refused, and is in no swarm, has nothing to be undone. Where that
 * cannot be known the journal stays. One that has died is asked a second time, by libcurl or
 * by us, and may then say that it is in a swarm. */
static void end_refused(struct run *r, const struct err *why, const struct deadline *d)
{
	struct docker_info info;
	struct err ignored;

	if (why->kind == ERR_UNREACHABLE || why->kind == ERR_DEADLINE ||
	    docker_has_died(r->host))
		r->cut = true;
	else if (why->kind != ERR_CONFLICT && !docker_info(r->host, &info, d, &ignored) &&
		 info.state == DOCKER_INACTIVE)
		swarm_init_journal_end(r->host, d, &ignored);
}

static int make(struct run *r, const struct deadline *d, struct err *e)
{
	struct docker_init init = r->params->init;
	char label[64];

	if (swarm_init_journal_begin(r->host, label, d, e))
		return -1;
	init.label = SWARM_INIT_LABEL;
	init.value = label;
	r->outcome = SWARM_CREATED;
	r->asked = true;
	if (!docker_swarm_init(r->host, &init, d, e))
		return 0;
	end_refused(r, e, d);
	return -1;
}

/* What init-swarm of a host that stood still for long, with its claim taken for one
 * that was cut off, may have done: then both are looked at again. */
static int is_only_one(struct run *r, const struct deadline *d, struct err *e)
{
	struct err why;

	if (swarm_peers_look(&r->peers, d, &why)) {
		log_warn("the swarm is made, but perhaps not the only one: %s", why.msg);
		return 0;
	}
	if (!swarm_peers_other(&r->peers, r->host, r->info, d))
		return 0;
	return err_set(e, ERR_CONFLICT, "a peer has made a swarm meanwhile");
}

static int make_only_one(struct run *r, const struct deadline *d, struct err *e)
{
	/* what an earlier membership has left running would run twice */
	if (swarm_node_stop_orphans(r->host, d, e) || make(r, d, e) ||
	    wait_active(r, d, e))
		return -1;
	return is_only_one(r, d, e);
}

static int make_or_join(struct run *r, const struct deadline *d, struct err *e)
{
	struct swarm_peer *with;
	struct err why;
	int ret;

	if (swarm_peers_ask(&r->peers, d, e))
		return -1;
	with = swarm_peers_in_swarm(&r->peers);
	if (with)
		return follow(r, with, d, e);
	ret = claim(r, &with, d, e);
	if (!ret && with)
		return follow(r, with, d, e);
	if (!ret)
		ret = make_only_one(r, d, e);
	/* a claim that cannot be removed expires after a while */
	if (ret && r->claim.put && swarm_claim_withdraw(&r->claim, d, &why))
		log_note("cannot take its claim away: %s", why.msg);
	return ret;
}

/* ---- a swarm that is there ---- */

/* The node that was asked for, at that address. */
static int check_node(const struct run *r, struct err *e)
{
	struct swarm_node_id asked = { .addr = r->params->init.advertise_addr,
				       .hostname = r->params->hostname };

	return swarm_identity_check_addr(&asked, r->info, e);
}

static int refuse_unlabelled(const struct run *r, struct err *e)
{
	return err_set(e, ERR_REFUSED,
		       "%s: an init-swarm was cut off here, and the "
		       "empty swarm that is here (%s) may have been left by it, so "
		       "that no node can join, or be somebody else's: give it up "
		       "there with `docker swarm leave --force`, or keep it with "
		       "`docker volume rm init-swarm-unfinished`, and run this "
		       "again",
		       docker_label(r->host), r->info->cluster_id);
}

/* Of two swarms, the finished one stays; else the one with the lower ID. */
static int goes_before(struct run *r, const struct swarm_peer *other, bool *goes,
		       const struct deadline *d, struct err *e)
{
	bool there = false;

	if (other->info.manager && swarm_init_journal_is(other->engine, &there, d, e))
		return -1;
	*goes = !there || strcmp(other->info.cluster_id, r->info->cluster_id) < 0;
	return 0;
}

/* Whether the host leaves the swarm that is here: it is provably the one that was
 * asked for, nobody could miss it, and it is a second one or left by halves. */
static int judge(struct run *r, enum swarm_init_journal what, bool *undo,
		 const struct deadline *d, struct err *e)
{
	const struct swarm_peer *other = swarm_peers_other(&r->peers, r->host, r->info,
							   d);
	bool used = false, goes = false;

	if (what != SWARM_NO_JOURNAL && swarm_init_journal_in_use(r->host, &used, d, e))
		return -1;
	if (what == SWARM_UNLABELLED && !used && !r->cut)
		return refuse_unlabelled(r, e);
	if (other && what != SWARM_NO_JOURNAL && !used &&
	    goes_before(r, other, &goes, d, e))
		return -1;
	if (other && !goes)
		return swarm_peers_refuse_two(docker_label(r->host), r->info,
					      docker_label(other->engine), &other->info,
					      e);
	*undo = goes || (what == SWARM_UNLABELLED && !used);
	r->outcome = what == SWARM_OURS ? SWARM_CREATED : SWARM_WAS_NODE;
	return 0;
}

/* A host that has left begins again, with all peers. */
static int look_at_own(struct run *r, const struct deadline *d, struct err *e)
{
	enum swarm_init_journal what = SWARM_NO_JOURNAL;
	bool undo = false;

	if (r->info->manager && swarm_init_journal_read(r->host, &what, d, e))
		return -1;
	swarm_peers_ask_briefly(&r->peers, TIMING_BRIEFLY_MS, d);
	if (judge(r, what, &undo, d, e))
		return -1;
	if (!undo)
		return check_node(r, e);
	if (swarm_node_leave(r->host, true, d, e))
		return -1;
	r->cut = false;
	return err_set(e, ERR_CONFLICT,
		       "this init-swarm, or one before it, was cut "
		       "off while it made the swarm that was here (%s), and nothing "
		       "was in it: it has left that one",
		       r->info->cluster_id);
}

/* ---- all of it ---- */

static int init_once(struct run *r, const struct deadline *d, struct err *e)
{
	if (swarm_peers_stable(r->host, r->info, d, e))
		return -1;
	r->claim.engine_id = r->info->engine_id;
	if (r->info->state == DOCKER_ACTIVE ? look_at_own(r, d, e)
					    : make_or_join(r, d, e))
		return -1;
	if (swarm_claim_withdraw(&r->claim, d, e))
		return -1;
	return swarm_init_journal_end(r->host, d, e);
}

/* Connects to the peers while the host is connected to. */
static int attempt(struct run *r, const struct deadline *d, struct err *e)
{
	int ret = -1;

	r->claim = (struct swarm_claim){ .peers = &r->peers,
					 .who = r->params->host->label };
	if (swarm_claim_begin(&r->claim, e) ||
	    swarm_peers_open(&r->peers, &r->params->peers, d, e) ||
	    docker_open(&r->host, r->params->host, d, e))
		goto out;
	r->claim.host = r->host;
	ret = init_once(r, d, e);
out:
	swarm_peers_close(&r->peers);
	docker_close(r->host);
	r->host = NULL;
	return ret;
}

/* The host is in a swarm unexpectedly: the request was sent twice, another run for the
 * same host has made it, or a peer has. An engine that died while it made one is asked
 * for the result. */
static unsigned may_pass(const struct run *r)
{
	return ERR_KIND(ERR_CONFLICT) | (r->asked ? ERR_KIND(ERR_UNREACHABLE) : 0);
}

int swarm_init(const struct swarm_init_params *params, enum swarm_init_outcome *outcome,
	       struct docker_info *info, const struct deadline *d, struct err *e)
{
	struct run r = { .params = params, .info = info };
	struct retry retry = { .every_ms = TIMING_MANAGER_MS, .until = *d };
	int ret;

	do {
		ret = attempt(&r, d, e);
		retry.may = may_pass(&r);
	} while (ret && retry_anew(&retry, e));
	*outcome = r.outcome;
	return ret;
}
