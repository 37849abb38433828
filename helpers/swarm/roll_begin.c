/* SPDX-License-Identifier: MIT */
/* What has to hold before a roll begins: which node is which, and who is up. */
#include "swarm/roll_internal.h"

#include "base/js.h"
#include "base/log.h"
#include "base/timing.h"
#include "docker/swarm.h"
#include "swarm/quorum.h"

#include <stdio.h>
#include <string.h>

static const struct swarm_roll_node *node_of(const struct swarm_rolling *r,
					     const char *id)
{
	for (size_t i = 0; i < r->count; i++)
		if (!strcmp(r->nodes[i].id, id))
			return &r->nodes[i];
	return NULL;
}

/* ---- which entry a host is ---- */

static void fill(struct swarm_roll_node *n, const struct docker_node *entry)
{
	snprintf(n->id, sizeof(n->id), "%s", entry->id);
	snprintf(n->hostname, sizeof(n->hostname), "%s", entry->hostname);
	snprintf(n->label, sizeof(n->label), "%s (%s)", entry->hostname,
		 n->target.login.host);
	n->role = entry->in_raft ? DOCKER_MANAGER : entry->role;
	n->leader = entry->leader;
	swarm_roll_find(n, entry->availability);
	n->unfinished = n->found == DOCKER_DRAINED && n->wanted != DOCKER_DRAINED;
}

static int not_of_swarm(const struct swarm_roll_node *n, const struct swarm_rolling *r,
			struct err *e)
{
	return err_set(e, ERR_REFUSED,
		       "nothing was begun: %s is no node of the swarm "
		       "%s (its swarm state is %s); let join-node run there first",
		       n->label, r->cluster_id, docker_state_name(n->info.state));
}

/* An engine that has just begun again may not know its node's ID yet; it is then as one
 * that does not answer. */
static int match_one(struct swarm_rolling *r, struct swarm_roll_node *n,
		     const struct docker_nodes *nodes, struct err *e)
{
	const struct docker_node *entry = docker_nodes_find(nodes, n->info.node_id);
	const struct swarm_roll_node *other;

	if (!entry && (n->info.state == DOCKER_INACTIVE || n->info.node_id[0]))
		return not_of_swarm(n, r, e);
	if (!entry) {
		n->answers = false;
		err_set(&n->why, ERR_BUSY, "its swarm state is %s",
			docker_state_name(n->info.state));
		return 0;
	}
	other = node_of(r, entry->id);
	if (other && other != n)
		return err_set(e, ERR_REFUSED,
			       "nothing was begun: %s and %s are one "
			       "node, %s; name each node once",
			       other->label, n->label, entry->id);
	fill(n, entry);
	return 0;
}

static int match(struct swarm_rolling *r, const struct docker_nodes *nodes, struct err *e)
{
	r->workers = 0;
	for (size_t i = 0; i < r->count; i++) {
		struct swarm_roll_node *n = &r->nodes[i];

		if (n->answers && match_one(r, n, nodes, e))
			return -1;
		if (!n->answers) {
			n->unfinished = true;
			n->found = DOCKER_DRAINED;
			n->wanted = n->host->availability ? n->host->availability
							  : n->found;
		}
		r->workers += n->role == DOCKER_WORKER;
	}
	return 0;
}

/* ---- who is up ---- */

static int is_down(const struct docker_node *n, struct err *e)
{
	return err_set(e, ERR_REFUSED,
		       "nothing was begun: node %s (%s, %s) is %s; "
		       "bring it back, or remove it with `docker node rm`",
		       n->hostname, n->addr, n->id, docker_node_state_name(n->state));
}

/* A node that is not Ready has no work that could be lost where it is drained; then an
 * earlier roll has perhaps left it so. Of those which nobody has said to be one of the
 * hosts there are as many as hosts whose engine does not answer. */
static int check_states(const struct swarm_rolling *r, const struct docker_nodes *nodes,
			struct err *e)
{
	const struct docker_node *spare = NULL;
	size_t spares = 0, silent = 0;
	const struct swarm_roll_node *last = NULL;

	for (size_t i = 0; i < r->count; i++) {
		if (!r->nodes[i].answers) {
			last = &r->nodes[i];
			silent++;
		}
	}
	for (size_t i = 0; i < nodes->count; i++) {
		const struct docker_node *n = &nodes->list[i];
		const struct swarm_roll_node *of = node_of(r, n->id);

		if (n->state == DOCKER_NODE_READY || (of && of->unfinished))
			continue;
		if (of || n->availability != DOCKER_DRAINED)
			return is_down(n, e);
		spare = n;
		spares++;
	}
	if (spare && spares > silent)
		return is_down(spare, e);
	if (last && silent > spares)
		return err_set(e, ERR_REFUSED,
			       "nothing was begun: the engine of %s "
			       "does not answer (%.300s); see to it, then run this "
			       "again",
			       last->label, last->why.msg);
	return 0;
}

static int check_managers(const struct swarm_rolling *r, const struct docker_nodes *nodes,
			  struct err *e)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct swarm_roll_node *n = &r->nodes[i];

		if (!n->id[0] || n->role != DOCKER_MANAGER)
			continue;
		if (r->managers == 1 && r->params->sole_manager)
			continue;
		if (r->managers == 1)
			return err_set(e, ERR_REFUSED,
				       "nothing was begun: %s is the "
				       "only manager, and while its engine restarts "
				       "nobody manages the swarm; add two managers, or "
				       "set allow_sole_manager to true",
				       n->label);
		if (swarm_quorum_may_restart(nodes, n->id, e))
			return err_wrap(e, "nothing was begun");
	}
	return 0;
}

/* Whether one of the hosts is coming up, so that it is worth looking again. */
static bool one_may_come(const struct swarm_rolling *r, const struct docker_nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++) {
		const struct docker_node *n = &nodes->list[i];
		const struct swarm_roll_node *of = node_of(r, n->id);

		if (n->state == DOCKER_NODE_UNKNOWN ||
		    (of && of->answers &&
		     (n->state != DOCKER_NODE_READY || (n->in_raft && !n->reachable))))
			return true;
	}
	return false;
}

/* A locked manager that restarts would wait for somebody with the key. */
static int check_lock(const struct swarm_rolling *r, const struct docker_swarm *s,
		      struct err *e)
{
	if (r->workers == r->count ||
	    !js_true(s->raw, "Spec/EncryptionConfig/AutoLockManagers"))
		return 0;
	return err_set(e, ERR_REFUSED,
		       "nothing was begun: the managers of this swarm "
		       "lock themselves, and one that restarts waits for `docker swarm "
		       "unlock`; set `docker swarm update --autolock=false` for the "
		       "roll");
}

static enum swarm_roll_seen judge(struct swarm_rolling *r,
				  const struct docker_nodes *nodes,
				  const struct docker_swarm *s, struct err *e)
{
	if (match(r, nodes, e) || check_lock(r, s, e))
		return SWARM_ROLL_FAILED;
	if (!check_states(r, nodes, e) && !check_managers(r, nodes, e))
		return SWARM_ROLL_FINE;
	return one_may_come(r, nodes) ? SWARM_ROLL_NOT_YET : SWARM_ROLL_FAILED;
}

static enum swarm_roll_seen after(const struct err *e)
{
	return err_is(e, SWARM_ROLL_MAY_PASS) ? SWARM_ROLL_NOT_YET : SWARM_ROLL_FAILED;
}

static int read_labels(struct swarm_rolling *r, const struct docker_swarm *s,
		       struct err *e)
{
	const json_t *labels = js_at(s->raw, "Spec/Labels");

	json_decref(r->labels);
	r->labels = json_is_object(labels) ? json_deep_copy(labels) : json_object();
	return r->labels ? 0 : err_no_memory(e);
}

static enum swarm_roll_seen look(struct swarm_rolling *r, const struct deadline *d,
				 struct err *e)
{
	struct docker_nodes nodes = { 0 };
	struct docker_swarm s = { 0 };
	struct docker_engine *manager;
	enum swarm_roll_seen seen;

	if (swarm_roll_manager(&r->ask, &manager, d, e) ||
	    docker_nodes_list(manager, &nodes, d, e) ||
	    docker_swarm_read(manager, &s, d, e) || read_labels(r, &s, e)) {
		swarm_roll_ask_close(&r->ask);
		seen = after(e);
		goto out;
	}
	memcpy(r->cluster_id, r->ask.m.info.cluster_id, sizeof(r->cluster_id));
	r->managers = swarm_quorum_count(&nodes).managers;
	seen = judge(r, &nodes, &s, e);
	if (seen == SWARM_ROLL_FINE && nodes.count > r->count)
		log_note("%zu of the swarm's %zu nodes are none of those named, and "
			 "stay as they are",
			 nodes.count - r->count, nodes.count);
	if (seen == SWARM_ROLL_FINE && swarm_roll_forget_gone(r, &nodes, manager, d, e))
		seen = after(e);
out:
	docker_swarm_wipe(&s);
	docker_nodes_free(&nodes);
	return seen;
}

int swarm_roll_begin(struct swarm_rolling *r, struct err *e)
{
	struct deadline soon = deadline_within(r->d, TIMING_DOWN_MS);
	enum swarm_roll_seen seen;

	while ((seen = look(r, r->d, e)) == SWARM_ROLL_NOT_YET) {
		log_progress("%s; looking again", e->msg);
		if (deadline_pause(&soon, TIMING_RETRY_MS))
			return -1;
	}
	return seen == SWARM_ROLL_FINE ? 0 : -1;
}
