/* SPDX-License-Identifier: MIT */
/* The steps by which a node leaves, by the state it is found in. */
#include "swarm/leave_steps.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "docker/container.h"
#include "docker/overlay.h"
#include "docker/task.h"
#include "swarm/drain.h"
#include "swarm/identity.h"
#include "swarm/member.h"

#include <string.h>

/* A node is Down 12 s after its last word (swarmkit's heartbeat). */
#define STALE_MS 20000
#define LOOK_AGAIN_MS 1000

/* Whom to ask about the node: another manager, or the node itself. */
static struct docker_engine *manager_of(struct swarm_leaving *l)
{
	return l->other.engine ? l->other.engine : l->node;
}

/* An ID decides alone, so that the whole list is not needed. */
static int read_entry(const struct swarm_leaving *l, bool *found,
		      struct docker_node *n, const struct deadline *d,
		      struct err *e)
{
	*found = !docker_node_read(l->other.engine, l->want->node_id, n, d, e);
	return *found || e->kind == ERR_NOT_FOUND ? 0 : -1;
}

struct swarm_member_id swarm_leave_asked(const struct swarm_leaving *l)
{
	return (struct swarm_member_id){ .node_id = l->want->node_id,
					 .addr = l->want->advertise_addr,
					 .hostname = l->want->hostname };
}

/* `settled`: a host that has answered that it is in no swarm has had time to be
 * seen as Down. */
static int find_entry(const struct swarm_leaving *l, bool settled, bool *found,
		      struct docker_node *n, const struct deadline *d,
		      struct err *e)
{
	struct swarm_member_id id = swarm_leave_asked(l);
	struct docker_nodes nodes = { 0 };
	const struct docker_node *entry;
	int ret = -1;

	*found = false;
	if (id.node_id && *id.node_id)
		return read_entry(l, found, n, d, e);
	if (docker_nodes_list(l->other.engine, &nodes, d, e))
		return -1;
	e->kind = ERR_NONE;
	id.has_left = settled;
	entry = swarm_identity_find(&nodes, &id, &l->info, e);
	if (!entry && e->kind != ERR_NONE)
		goto out;
	if (entry) {
		*found = true;
		*n = *entry;
		json_incref(n->labels);
	}
	ret = 0;
out:
	docker_nodes_free(&nodes);
	return ret;
}

int swarm_leave_find_entry(const struct swarm_leaving *l, bool *found,
			   struct docker_node *n, const struct deadline *d,
			   struct err *e)
{
	return find_entry(l, false, found, n, d, e);
}

/* That the host is in no swarm does not say that the entry is its own: a wrong
 * host may have answered. The entry of one that has left is Down soon. Until
 * then one that fits, or several that may, are looked at again. */
static int find_left(const struct swarm_leaving *l, bool *found,
		     struct docker_node *n, const struct deadline *d,
		     struct err *e)
{
	struct deadline until = deadline_within(d, STALE_MS);
	bool settled = l->has_left;

	while (find_entry(l, settled, found, n, d, e) ||
	       (*found && n->state != DOCKER_NODE_DOWN && !l->has_left)) {
		if (!*found && (e->kind != ERR_REFUSED || settled))
			return -1;
		if (*found && settled)
			return err_set(e, ERR_REFUSED, "the host that answers (%.63s) "
				       "has no working membership, but the swarm sees "
				       "node %s (%.63s, %s) as %s: it is another "
				       "machine; correct host, name or "
				       "advertise_addr", l->info.hostname, n->id,
				       n->hostname, n->addr,
				       docker_node_state_name(n->state));
		docker_node_free(n);
		log_progress("in no swarm; waiting until the swarm sees its entry "
			     "as Down");
		settled = deadline_pause(&until, LOOK_AGAIN_MS) != 0;
	}
	return 0;
}

/* Costs one request where nothing is starting. */
static int let_start(struct swarm_leaving *l, const struct deadline *d,
		     struct err *e)
{
	struct docker_node_params want = { .availability = DOCKER_PAUSED };
	const char *id = l->info.node_id;
	struct docker_tasks tasks;

	if (docker_tasks_count(manager_of(l), id, NULL, &tasks, d, e))
		return -1;
	if (!tasks.starting)
		return 0;
	if (docker_node_update(manager_of(l), id, &want, NULL, d, e))
		return -1;
	return swarm_drain_let_start(manager_of(l), id, d, e);
}

static int drain(struct swarm_leaving *l, const struct deadline *d, struct err *e)
{
	struct docker_node_params want = { .availability = DOCKER_DRAINED };
	struct deadline until = deadline_within(d, l->want->drain_ms);

	if (let_start(l, d, e))
		return -1;
	log_note("draining");
	if (docker_node_update(manager_of(l), l->info.node_id, &want, NULL, d, e))
		return -1;
	if (!swarm_drain_wait(manager_of(l), l->info.node_id, l->node, &until, e))
		return 0;
	if (e->kind != ERR_DEADLINE || !l->want->proceed_on_timeout ||
	    !deadline_left_ms(d))
		return -1;
	log_warn("%s; going on as on_drain_timeout says", e->msg);
	return 0;
}

static int demote_if_manager(struct swarm_leaving *l, const struct deadline *d,
			     struct err *e)
{
	struct docker_node n = { 0 };
	bool manager;

	if (docker_node_read(manager_of(l), l->info.node_id, &n, d, e))
		return -1;
	manager = n.in_raft || n.role == DOCKER_MANAGER;
	docker_node_free(&n);
	if (!manager)
		return 0;
	log_note("demoting");
	return swarm_member_demote(manager_of(l), l->info.node_id, l->node, d, e);
}

/* Somebody removed the entry by hand while the node still thinks that it is a
 * member: there is nothing to drain or demote any more. */
static int leave_removed(struct swarm_leaving *l,
			 enum swarm_leave_outcome *outcome,
			 const struct deadline *d, struct err *e)
{
	log_note("its entry was removed already; giving up its own state");
	*outcome = SWARM_WAS_GONE;
	return swarm_member_leave(l->node, true, d, e) ||
			       swarm_member_stop_orphans(l->node, d, e) ?
		       -1 : 0;
}

int swarm_leave_in_order(struct swarm_leaving *l,
			 enum swarm_leave_outcome *outcome,
			 const struct deadline *d, struct err *e)
{
	/* First of all, so that nothing is touched that could not be finished. */
	if (swarm_member_ask_quorum(manager_of(l), l->info.node_id, d, e) ||
	    drain(l, d, e) || demote_if_manager(l, d, e))
		return e->kind == ERR_NOT_FOUND && l->other.engine ?
			       leave_removed(l, outcome, d, e) : -1;
	log_note("leaving the swarm");
	if (swarm_member_leave(l->node, false, d, e))
		return -1;
	if (!l->other.engine) {
		log_warn("left, but its entry %s could not be removed: %s; remove "
			 "it on a manager with `docker node rm`",
			 l->info.node_id, l->no_other.msg);
		*outcome = SWARM_LEFT_ALONE;
		return 0;
	}
	*outcome = SWARM_LEFT;
	l->has_left = true;
	/* It has answered that it left; the manager would show it Ready for
	 * 14 s more and refuse a plain removal until then. */
	return swarm_member_remove(l->other.engine, l->info.node_id, d, e);
}

/* Nobody says that another node takes its work over: only if it was asked for,
 * and with the time that each container was promised. */
static int stop_alone(struct swarm_leaving *l, size_t running,
		      const struct deadline *d, struct err *e)
{
	struct deadline soon = deadline_within(d, l->want->drain_ms);

	if (!l->want->proceed_on_timeout) {
		l->given_up = true;
		return err_set(e, ERR_UNREACHABLE, "no manager answers (%s), and %zu "
			       "of the swarm's containers run here; bring one back or "
			       "name one in `managers`, or set on_drain_timeout to "
			       "proceed", l->no_other.msg, running);
	}
	log_warn("no manager answers (%s): stopping %zu of the swarm's containers "
		 "without knowing that another node takes over, as on_drain_timeout "
		 "says", l->no_other.msg, running);
	return docker_containers_stop_swarm(l->node, &running, &soon, e);
}

int swarm_leave_alone(struct swarm_leaving *l, enum swarm_leave_outcome *outcome,
		      const struct deadline *d, struct err *e)
{
	struct docker_containers c;

	if (docker_containers_read(l->node, &c, d, e) ||
	    (c.of_swarm && stop_alone(l, c.of_swarm, d, e)))
		return -1;
	log_note("no manager answers any more (%s) and nothing of the swarm runs "
		 "here; leaving, its entry %s may stay", l->no_other.msg,
		 l->info.node_id);
	*outcome = SWARM_LEFT_ALONE;
	return swarm_member_leave(l->node, true, d, e);
}

/* A note was not enough: they run on, and nobody reaches them any more. */
static int warn_of_networks(struct swarm_leaving *l, const struct deadline *d,
			    struct err *e)
{
	struct docker_overlay_users users;

	if (docker_overlay_users(l->node, &users, d, e))
		return -1;
	if (users.count)
		log_warn("%zu of them lose a network of the swarm when the node leaves, "
			 "and run on without it: %s; connect them again once it has "
			 "joined, with `docker network connect`, or set "
			 "standalone_containers to refuse", users.count,
			 users.names);
	return 0;
}

int swarm_leave_standalone(struct swarm_leaving *l, const struct deadline *d,
			   struct err *e)
{
	struct docker_containers c;

	if (docker_containers_read(l->node, &c, d, e))
		return -1;
	if (!c.standalone)
		return 0;
	if (l->want->refuse_standalone)
		return err_set(e, ERR_REFUSED, "%zu containers run here that are not "
			       "the swarm's (%s) and that no drain stops; stop them, "
			       "or set standalone_containers to ignore",
			       c.standalone, c.names);
	log_note("%zu containers run here that are not the swarm's and stay as they "
		 "are: %s", c.standalone, c.names);
	return warn_of_networks(l, d, e);
}

int swarm_leave_broken(struct swarm_leaving *l, enum swarm_leave_outcome *outcome,
		       const struct deadline *d, struct err *e)
{
	struct docker_node n = { 0 };
	bool found = false;
	int ret = -1;

	if (!l->other.engine)
		return err_set(e, ERR_REFUSED, "its swarm state is %s%s%s and no manager "
			       "could be asked (%s); if nobody needs that state, give "
			       "it up there with `docker swarm leave --force`",
			       docker_state_name(l->info.state),
			       l->info.error[0] ? ": " : "", l->info.error,
			       l->no_other.msg);
	if (find_left(l, &found, &n, d, e))
		goto out;
	if (found && swarm_member_remove(l->other.engine, n.id, d, e))
		goto out;
	log_note("its swarm state is %s; giving it up",
		 docker_state_name(l->info.state));
	*outcome = SWARM_LEFT;
	/* A forced leave kills what the engine still knows as its own. */
	if (swarm_member_stop_orphans(l->node, d, e) ||
	    swarm_member_leave(l->node, true, d, e))
		goto out;
	ret = swarm_member_stop_orphans(l->node, d, e);
out:
	docker_node_free(&n);
	return ret;
}

/* None was named, or those that were are in no swarm either: after a whole
 * destroy. */
static bool nobody_to_verify(const struct swarm_leaving *l)
{
	return l->no_other.kind == ERR_NOT_FOUND ||
	       l->no_other.kind == ERR_NOT_MANAGER;
}

int swarm_leave_entry(struct swarm_leaving *l, enum swarm_leave_outcome *outcome,
		      const struct deadline *d, struct err *e)
{
	struct docker_node n = { 0 };
	bool found = false;
	int ret = -1;

	*outcome = l->has_left ? SWARM_LEFT : SWARM_WAS_GONE;
	if (swarm_member_stop_orphans(l->node, d, e))
		return -1;
	if (!l->other.engine && l->has_left)
		return err_set(e, ERR_UNREACHABLE, "left, but its entry is still to "
			       "be removed and no manager answers: %s",
			       l->no_other.msg);
	if (!l->other.engine && nobody_to_verify(l)) {
		log_note("already in no swarm (%s)", l->no_other.msg);
		return 0;
	}
	if (!l->other.engine) {
		log_warn("already in no swarm, but no manager could be asked (%s): not "
			 "verified that its entry is gone too; if it is still "
			 "listed, remove it there with `docker node rm --force`",
			 l->no_other.msg);
		return 0;
	}
	if (find_left(l, &found, &n, d, e))
		goto out;
	if (!found) {
		log_note("already gone");
		ret = 0;
		goto out;
	}
	log_note("already left; removing its entry %s", n.id);
	ret = swarm_member_remove(l->other.engine, n.id, d, e);
out:
	docker_node_free(&n);
	return ret;
}
