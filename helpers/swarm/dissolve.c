/* SPDX-License-Identifier: MIT */
/* Takes a drained swarm apart: workers, then managers, the last one by
 * force. */
#include "swarm/dissolve.h"

#include "base/deadline.h"
#include "base/log.h"
#include "base/secret.h"
#include "docker/node.h"
#include "swarm/each.h"
#include "swarm/node_demote.h"
#include "swarm/node_leave.h"
#include "swarm/rejoin.h"
#include "swarm/manager.h"
#include "swarm/teardown_marker.h"
#include "swarm/teardown_file.h"

#include <string.h>
#include <strings.h>

/* A teardown under way. */
struct apart {
	const struct swarm_dissolving *what;
	struct swarm_reached *hosts;   /* of it */
	const struct swarm_manager *m; /* of it */
	struct docker_nodes nodes;     /* its list, before anybody left */
	const struct deadline *d;
	size_t silent;      /* hosts that do not answer */
	bool others_manage; /* managers that are none of the hosts */
	bool asked_stays;   /* the manager that is asked is one of them */
};

/* How a host belongs to this swarm. */
enum part {
	SILENT,
	OUT, /* in no swarm */
	WORKER,
	MANAGER,
	BROKEN,   /* what it has of this swarm is of no use */
	STRANGER, /* in another swarm */
};

/* A locked manager tells neither its ID nor its swarm. */
static bool is_locked_stranger(const struct apart *a, const struct docker_info *info)
{
	if (info->state != DOCKER_LOCKED || info->node_id[0] || info->managers[0])
		return false;
	for (size_t i = 0; i < a->nodes.count; i++)
		if (a->nodes.list[i].role == DOCKER_MANAGER &&
		    !strcasecmp(a->nodes.list[i].hostname, info->hostname))
			return false;
	return true;
}

/* By the node ID that the host reports; by its name only where it reports none. */
static enum part part_of(const struct apart *a, const struct swarm_reached_host *h)
{
	const struct docker_info *info = &h->info;

	if (!h->engine)
		return SILENT;
	if (info->state == DOCKER_INACTIVE)
		return OUT;
	if (info->state == DOCKER_ACTIVE && docker_nodes_find(&a->nodes, info->node_id))
		return info->manager ? MANAGER : WORKER;
	if (is_locked_stranger(a, info))
		return STRANGER;
	if ((!info->node_id[0] && !info->managers[0]) ||
	    docker_nodes_find(&a->nodes, info->node_id) ||
	    swarm_rejoin_same_managers(info->managers, a->m->info.managers))
		return BROKEN;
	return STRANGER;
}

static const struct swarm_reached_host *host_of(const struct apart *a, const char *id)
{
	for (size_t i = 0; i < a->hosts->count; i++)
		if (a->hosts->list[i].engine &&
		    !strcmp(a->hosts->list[i].info.node_id, id))
			return &a->hosts->list[i];
	return NULL;
}

static bool is_own(const struct apart *a, const char *id)
{
	return !strcmp(id, a->m->info.node_id);
}

/* Whether an entry is neither a host that answers nor the manager asked. */
static bool is_unknown(const struct apart *a, const struct docker_node *n)
{
	return !is_own(a, n->id) && !host_of(a, n->id);
}

static void look_around(struct apart *a)
{
	for (size_t i = 0; i < a->hosts->count; i++) {
		const struct swarm_reached_host *h = &a->hosts->list[i];

		a->silent += part_of(a, h) == SILENT;
		if (part_of(a, h) == STRANGER)
			log_warn("%s is in another swarm%s and stays as it is",
				 h->target->label,
				 h->info.state == DOCKER_LOCKED ? ", a locked one," : "");
	}
	a->asked_stays = !a->silent && !host_of(a, a->m->info.node_id);
	a->others_manage = a->asked_stays;
	for (size_t i = 0; i < a->nodes.count; i++)
		a->others_manage |= !a->silent && a->nodes.list[i].reachable &&
				    is_unknown(a, &a->nodes.list[i]);
}

/* ---- workers, side by side ---- */

static void let_worker_go(void *ctx, size_t i)
{
	struct apart *a = ctx;
	struct swarm_reached_host *h = &a->hosts->list[i];
	enum part part = part_of(a, h);

	if (part == WORKER || part == BROKEN)
		h->failed = swarm_node_leave(h->engine, part == BROKEN, a->d, &h->why) !=
			    0;
	/* an engine that has lost its node ID stops nothing itself */
	if (part == BROKEN && !h->failed)
		h->failed = swarm_node_stop_orphans(h->engine, a->d, &h->why) != 0;
}

static int let_workers_go(struct apart *a, struct err *e)
{
	swarm_each(a->hosts->count, let_worker_go, a);
	for (size_t i = 0; i < a->hosts->count; i++) {
		const struct swarm_reached_host *h = &a->hosts->list[i];

		if (h->failed) {
			*e = h->why;
			return err_wrap(e, "leaving");
		}
	}
	for (size_t i = 0; i < a->nodes.count; i++) {
		const struct docker_node *n = &a->nodes.list[i];
		const struct swarm_reached_host *h = host_of(a, n->id);

		if (h && part_of(a, h) != MANAGER &&
		    swarm_node_remove(a->m->engine, n->id, a->d, e))
			return -1;
	}
	return 0;
}

/* ---- entries of nobody that answers ---- */

/* A host that left in a run that was cut off, one that is silent, or a node
 * that somebody else has added: nothing runs on it. */
static int remove_unknown(struct apart *a, struct err *e)
{
	for (size_t i = 0; !a->others_manage && i < a->nodes.count; i++) {
		const struct docker_node *n = &a->nodes.list[i];

		if (!is_unknown(a, n) || (n->state == DOCKER_NODE_DOWN && !n->in_raft))
			continue;
		log_note("%s (%s) is %s and none of the hosts that answer; it has no "
			 "tasks, removing its entry %s. If it is a machine that "
			 "lives, let it leave there with `docker swarm leave "
			 "--force`",
			 n->hostname, n->addr, docker_node_state_name(n->state), n->id);
		if (swarm_node_remove(a->m->engine, n->id, a->d, e))
			return -1;
	}
	return 0;
}

/* ---- managers, one after the other ---- */

static int let_manager_go(struct apart *a, struct swarm_reached_host *h, struct err *e)
{
	const char *id = h->info.node_id;

	log_note("%s: demoting and leaving", h->target->label);
	if (swarm_node_demote(a->m->engine, id, h->engine, a->d, e) &&
	    e->kind != ERR_NOT_FOUND)
		return err_wrap(e, "%s", h->target->label);
	if (swarm_node_leave(h->engine, false, a->d, e))
		return -1;
	return swarm_node_remove(a->m->engine, id, a->d, e);
}

/* Those that are out of the others' reach first: without them the rest keeps
 * its quorum. */
static int let_managers_go(struct apart *a, struct err *e)
{
	for (int reachable = 0; reachable < 2; reachable++) {
		for (size_t i = 0; i < a->hosts->count; i++) {
			struct swarm_reached_host *h = &a->hosts->list[i];
			const struct docker_node *n = docker_nodes_find(&a->nodes,
									h->info.node_id);

			if (part_of(a, h) != MANAGER || is_own(a, n->id) ||
			    n->reachable != reachable)
				continue;
			if (let_manager_go(a, h, e))
				return -1;
		}
	}
	return 0;
}

/* ---- the last one ---- */

static int hand_on(struct apart *a, struct err *e)
{
	struct docker_engine *own = a->m->engine;
	const char *id = a->m->info.node_id;

	log_note("the swarm has managers that are none of these hosts, and lives on "
		 "with them");
	if (swarm_teardown_marker_remove(own, a->what->marker, a->asked_stays ? NULL : id,
					 a->d, e))
		return -1;
	if (a->asked_stays)
		return 0;
	if (swarm_node_demote(own, id, own, a->d, e) ||
	    swarm_node_leave(own, false, a->d, e))
		return -1;
	log_warn("%s: left, and its entry %s stays in the list, Down; remove it on one "
		 "of the managers that are left with `docker node rm`",
		 docker_label(own), id);
	return 0;
}

/* Its state is the swarm's last copy: only when nobody is left. */
static int nobody_else(struct apart *a, struct err *e)
{
	struct docker_nodes now = { 0 };
	int ret = 0;

	if (docker_nodes_list(a->m->engine, &now, a->d, e))
		return -1;
	for (size_t i = 0; !ret && i < now.count; i++) {
		const struct docker_node *n = &now.list[i];

		if (is_own(a, n->id) || (!n->in_raft && n->state == DOCKER_NODE_DOWN))
			continue;
		ret = err_set(e, ERR_BUSY,
			      "%s (%s, %s) is a node of the swarm "
			      "still",
			      n->hostname, n->id, docker_node_state_name(n->state));
	}
	docker_nodes_free(&now);
	return ret;
}

/* Before the swarm ends: a run that is killed right after it cannot say so. */
static int tell_later_leaves(const struct apart *a, struct err *e)
{
	const struct docker_target **list =
		secret_calloc(a->silent + 1, sizeof(const struct docker_target *));
	size_t n = 0;
	int ret;

	if (!list)
		return err_no_memory(e);
	for (size_t i = 0; i < a->hosts->count; i++)
		if (!a->hosts->list[i].engine)
			list[n++] = a->hosts->list[i].target;
	ret = swarm_teardown_file_drained(a->what->file, a->m->info.cluster_id, list, n,
					  e);
	secret_free(list);
	return ret;
}

static int dissolve(struct apart *a, struct err *e)
{
	if (nobody_else(a, e) || tell_later_leaves(a, e))
		return -1;
	log_note("%s: the last node; leaving by force", docker_label(a->m->engine));
	return swarm_node_leave(a->m->engine, true, a->d, e);
}

int swarm_dissolve(const struct swarm_dissolving *what, struct swarm_teardown_result *out,
		   const struct deadline *d, struct err *e)
{
	const struct swarm_reached *hosts = what->hosts;
	struct apart a = { .what = what, .hosts = what->hosts, .m = what->m, .d = d };
	int ret = -1;

	if (docker_nodes_list(a.m->engine, &a.nodes, d, e))
		return -1;
	look_around(&a);
	if (let_workers_go(&a, e) || remove_unknown(&a, e) || let_managers_go(&a, e))
		goto out;
	ret = a.others_manage ? hand_on(&a, e) : dissolve(&a, e);
	out->outcome = a.others_manage ? SWARM_HANDED_ON : SWARM_DISSOLVED;
	out->timed_out = a.silent;
	for (size_t i = 0; !ret && i < hosts->count; i++)
		if (!hosts->list[i].engine)
			log_warn("given up, since it does not answer (%s); %s",
				 hosts->list[i].why.msg,
				 out->down
					 ? "what may run on nodes that are Down was not waited "
					   "for"
					 : "nothing of the swarm ran on it any more");
out:
	docker_nodes_free(&a.nodes);
	return ret;
}
