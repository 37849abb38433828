/* SPDX-License-Identifier: MIT */
/* Rolls a swarm: in which order, and when it stops. */
#include "swarm/roll_internal.h"

#include "base/log.h"
#include "base/secret.h"
#include "base/timing.h"
#include "docker/node.h"
#include "swarm/node_wait.h"

#include <stdio.h>
#include <string.h>

/* The same in every roll: one at a time has it, and after a kill the next one still. */
#define JOINING "roll-swarm"

static const char *const outcome_names[] = {
	[SWARM_ROLL_KEPT] = "kept",
	[SWARM_ROLL_DRAINED] = "drained",
	[SWARM_ROLL_REBOOTED] = "rebooted",
};

const char *swarm_roll_outcome_name(enum swarm_roll_outcome o)
{
	return outcome_names[o];
}

void swarm_roll_free(struct swarm_roll_result *r)
{
	secret_free(r->list);
	r->list = NULL;
	r->count = 0;
}

/* ---- the order ---- */

/* What is unfinished has no work already: as long as it is so, no other is to go. Of
 * several managers the leader goes last, so that leadership is handed over once. */
enum rank { UNFINISHED_MANAGER, UNFINISHED_WORKER, MANAGER, LEADER, WORKER, RANKS };

static enum rank rank(const struct swarm_roll_node *n)
{
	if (n->unfinished)
		return n->role == DOCKER_WORKER ? UNFINISHED_WORKER : UNFINISHED_MANAGER;
	if (n->role != DOCKER_MANAGER)
		return WORKER;
	return n->leader ? LEADER : MANAGER;
}

static void put_in_order(struct swarm_rolling *r, struct swarm_roll_node **order)
{
	size_t n = 0;

	for (int now = 0; now < RANKS; now++)
		for (size_t i = 0; i < r->count; i++)
			if ((int)rank(&r->nodes[i]) == now)
				order[n++] = &r->nodes[i];
}

/* How many of those from `first` on go side by side: of workers as many as may. */
static size_t side_by_side(const struct swarm_rolling *r,
			   struct swarm_roll_node *const *first, size_t left)
{
	size_t most = r->params->unavailable, n = 1;

	if (r->params->percent)
		most = r->workers * most / 100;
	if (first[0]->role != DOCKER_WORKER)
		return 1;
	while (n < left && n < most && rank(first[n]) == rank(first[0]))
		n++;
	return n;
}

/* ---- after each ---- */

static int finish_node(void *ctx, struct docker_engine *manager, const struct deadline *d,
		       struct err *e)
{
	struct swarm_roll_node *n = ctx;
	struct docker_node now = { 0 };
	bool as_wanted;

	if (docker_node_read(manager, n->id, &now, d, e))
		return -1;
	as_wanted = now.state == DOCKER_NODE_READY && now.availability == n->wanted;
	docker_node_free(&now);
	if (!as_wanted &&
	    (swarm_node_wait_ready(manager, n->id, DOCKER_ROLE_NONE, d, e) ||
	     swarm_roll_set_availability(manager, n->id, n->wanted, d, e)))
		return -1;
	return swarm_roll_forget(n, manager, d, e);
}

static int finish_batch(struct swarm_rolling *r, struct swarm_roll_node *const *nodes,
			size_t count, struct err *e)
{
	struct deadline d = deadline_within(r->d, r->params->node_ms);

	for (size_t i = 0; i < count; i++)
		if (swarm_roll_asking(&r->ask, finish_node, nodes[i], &d, e))
			return err_wrap(e, "%s", nodes[i]->label);
	if (swarm_roll_wait_whole(r, &d, e))
		return err_wrap(e,
				"stopped after %s, since services are not as whole "
				"as before",
				nodes[count - 1]->label);
	return 0;
}

static const char *what_stays(const struct swarm_roll_node *n)
{
	if (n->was_drained || n->found == DOCKER_DRAINED)
		return "it stays drained";
	return "its work stays there";
}

/* Lower layers begin with the node as well. */
static const char *reason(const struct swarm_roll_node *n)
{
	size_t len = strlen(n->label);
	const char *msg = n->why.msg;

	return !strncmp(msg, n->label, len) && !strncmp(msg + len, ": ", 2)
		       ? msg + len + 2
		       : msg;
}

/* The first that has failed; the others of the batch are named before. */
static int first_failure(const struct swarm_rolling *r,
			 struct swarm_roll_node *const *nodes, size_t count,
			 struct err *e)
{
	const struct swarm_roll_node *failed = NULL;

	for (size_t i = count; i-- > 0;) {
		if (!nodes[i]->failed)
			continue;
		if (failed)
			log_warn("%s: %s; %s", failed->label, failed->why.msg,
				 what_stays(failed));
		failed = nodes[i];
	}
	if (!failed)
		return 0;
	return err_set(e, failed->why.kind,
		       "%s: %.600s; %s, %zu of %zu nodes are done "
		       "and the others as they were: see to it, then run this again",
		       failed->label, reason(failed), what_stays(failed),
		       atomic_load(&r->done), r->count);
}

/* ---- the whole ---- */

static int one_batch(struct swarm_rolling *r, struct swarm_roll_node *const *nodes,
		     size_t count, struct err *e)
{
	bool manager = nodes[0]->role != DOCKER_WORKER;
	int ret = manager ? swarm_roll_begin_manager(r, nodes[0], e) : 0;

	if (!ret) {
		swarm_roll_batch(r, nodes, count);
		ret = first_failure(r, nodes, count, e);
	}
	if (manager)
		swarm_roll_end_manager(r);
	return ret ? ret : finish_batch(r, nodes, count, e);
}

static int roll_all(struct swarm_rolling *r, struct swarm_roll_node **order,
		    struct err *e)
{
	size_t n;

	put_in_order(r, order);
	for (size_t i = 0; i < r->count; i += n) {
		if (r->lost)
			return err_set(e, ERR_REFUSED,
				       "stopped after %zu of %zu nodes, "
				       "as another roll of this swarm has taken over",
				       i, r->count);
		if (!deadline_left_ms(r->d))
			return err_set(e, ERR_DEADLINE,
				       "stopped after %zu of %zu "
				       "nodes; run this again to go on",
				       i, r->count);
		/* of a node that was left drained services may lack the very tasks */
		if (!order[i]->unfinished && !r->counted && swarm_roll_count(r, e))
			return -1;
		if (i && swarm_roll_wait_others(r, order[i], e))
			return -1;
		n = side_by_side(r, order + i, r->count - i);
		if (one_batch(r, order + i, n, e))
			return -1;
	}
	return 0;
}

static int acquire(void *ctx, struct docker_engine *manager, const struct deadline *d,
		   struct err *e)
{
	return swarm_roll_lease_acquire(ctx, manager, TIMING_ROLL_LEASE_MS, d, e);
}

static int release(void *ctx, struct docker_engine *manager, const struct deadline *d,
		   struct err *e)
{
	return swarm_roll_lease_release(ctx, manager, d, e);
}

static int answers(void *ctx, struct docker_engine *manager, const struct deadline *d,
		   struct err *e)
{
	(void)ctx;
	(void)manager;
	(void)d;
	(void)e;
	return 0;
}

/* Where no manager answers at the beginning there is nothing to go on with. */
static int begin(struct swarm_rolling *r, struct err *e)
{
	struct deadline soon, d;

	if (swarm_roll_open(r, e))
		return -1;
	soon = deadline_within(r->d, TIMING_FIND_MANAGER_MS);
	d = deadline_within(r->d, TIMING_FIND_MANAGER_MS + TIMING_ROLL_LEASE_MS);
	if (swarm_roll_asking(&r->ask, answers, NULL, &soon, e) ||
	    swarm_roll_asking(&r->ask, acquire, &r->lease, &d, e))
		return -1;
	r->renewed_ms = deadline_now_ms();
	if (swarm_roll_finish_hand_over(r, e))
		return -1;
	return swarm_roll_begin(r, e);
}

static int roll(struct swarm_rolling *r, struct swarm_roll_node **order, struct err *e)
{
	if (begin(r, e))
		return -1;
	for (size_t i = 0; i < r->count; i++) {
		struct swarm_roll_node *n = &r->nodes[i];
		bool sole = n->role == DOCKER_MANAGER && r->managers < 2;

		n->ask.skip = sole ? NULL : &n->target;
	}
	return roll_all(r, order, e);
}

static void give_up_lease(struct swarm_rolling *r)
{
	struct deadline d = deadline_in(TIMING_ROLLBACK_MS);
	struct err why;

	if (*r->lease.value && swarm_roll_asking(&r->ask, release, &r->lease, &d, &why))
		log_warn("the roll's lease could not be released (%s); the next roll "
			 "takes it over",
			 why.msg);
}

static int tell(const struct swarm_rolling *r, struct swarm_roll_node *const *order,
		struct swarm_roll_result *out, struct err *e)
{
	out->list = secret_calloc(r->count, sizeof(*out->list));
	if (!out->list)
		return err_no_memory(e);
	memcpy(out->cluster_id, r->cluster_id, sizeof(out->cluster_id));
	for (; out->count < r->count; out->count++) {
		const struct swarm_roll_node *n = order[out->count];
		struct swarm_rolled *to = &out->list[out->count];

		memcpy(to->id, n->id, sizeof(to->id));
		memcpy(to->hostname, n->hostname, sizeof(to->hostname));
		memcpy(to->engine, n->info.version, sizeof(to->engine));
		to->outcome = n->outcome;
		to->ms = n->all_ms;
	}
	return 0;
}

static void fill_nodes(struct swarm_rolling *r)
{
	for (size_t i = 0; i < r->count; i++) {
		struct swarm_roll_node *n = &r->nodes[i];

		n->roll = r;
		n->host = &r->params->hosts[i];
		n->target = *n->host->target;
		snprintf(n->label, sizeof(n->label), "%s", n->target.label);
		n->target.label = n->label;
		n->ask.managers = &r->params->managers;
	}
}

int swarm_roll(const struct swarm_roll_params *params, struct swarm_roll_result *out,
	       const struct deadline *d, struct err *e)
{
	struct swarm_rolling r = { .params = params,
				   .d = d,
				   .count = params->count,
				   .ask.managers = &params->managers,
				   .joining.who = JOINING };
	struct swarm_roll_node **order = NULL;
	int ret = -1;

	*out = (struct swarm_roll_result){ 0 };
	r.nodes = secret_calloc(r.count + 1, sizeof(*r.nodes));
	order = secret_calloc(r.count + 1, sizeof(struct swarm_roll_node *));
	if (!r.nodes || !order) {
		err_no_memory(e);
		goto out;
	}
	fill_nodes(&r);
	ret = roll(&r, order, e);
	give_up_lease(&r);
	if (!ret)
		ret = tell(&r, order, out, e);
out:
	for (size_t i = 0; r.nodes && i < r.count; i++)
		swarm_roll_close(&r.nodes[i]);
	swarm_roll_ask_close(&r.ask);
	docker_services_free(&r.before);
	json_decref(r.labels);
	secret_free(order);
	secret_free(r.nodes);
	return ret;
}
