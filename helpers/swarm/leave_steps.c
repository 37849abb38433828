#include "swarm/leave_steps.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "docker/container.h"
#include "swarm/drain.h"
#include "swarm/member.h"

#include <string.h>

#define DEMOTE_GOING_MS 30000

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

int swarm_leave_find_entry(const struct swarm_leaving *l, bool *found,
			   struct docker_node *n, const struct deadline *d,
			   struct err *e)
{
	struct swarm_member_id id = { .node_id = l->want->node_id,
				      .addr = l->want->advertise_addr,
				      .hostname = l->want->hostname };
	struct docker_nodes nodes = { 0 };
	const struct docker_node *entry;
	int ret = -1;

	*found = false;
	if (id.node_id && *id.node_id)
		return read_entry(l, found, n, d, e);
	if (docker_nodes_list(l->other.engine, &nodes, d, e))
		return -1;
	e->kind = ERR_NONE;
	entry = swarm_member_find(&nodes, &id, e);
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

static int drain(struct swarm_leaving *l, const struct deadline *d, struct err *e)
{
	struct docker_node_want want = { .availability = "drain" };
	struct deadline until = deadline_within(d, l->want->drain_ms);

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
	manager = n.in_raft || !strcmp(n.role, "manager");
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
	return swarm_member_leave(l->node, true, d, e);
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

/* Managers that died count for the quorum of those that still go; they go too. */
static void drop_unreachable(struct swarm_leaving *l, const struct deadline *d)
{
	struct docker_nodes nodes = { 0 };
	struct err e;

	if (docker_nodes_list(manager_of(l), &nodes, d, &e))
		return;
	for (size_t i = 0; i < nodes.count; i++) {
		const struct docker_node *n = &nodes.list[i];

		if (!n->in_raft || n->reachable || !strcmp(n->id, l->info.node_id))
			continue;
		log_note("%s is a manager and unreachable; removing its entry",
			 n->hostname);
		if (swarm_member_remove(manager_of(l), n->id, d, &e))
			log_warn("%s could not be removed: %s", n->hostname, e.msg);
	}
	docker_nodes_free(&nodes);
}

/* Bounded: one that goes by force at the same time may leave it without the
 * leader that would take it out of the raft. */
static int demote_going(struct swarm_leaving *l, const struct deadline *d,
			struct err *e)
{
	struct deadline soon = deadline_within(d, DEMOTE_GOING_MS);

	if (!swarm_member_demote(manager_of(l), l->info.node_id, l->node, &soon, e))
		return 0;
	if (e->kind != ERR_REFUSED)
		return -1;
	drop_unreachable(l, &soon);
	return swarm_member_demote(manager_of(l), l->info.node_id, l->node, &soon, e);
}

int swarm_leave_going(struct swarm_leaving *l, enum swarm_leave_outcome *outcome,
		      const struct deadline *d, struct err *e)
{
	/* without a leader there is nobody to demote it */
	bool force = l->info.manager && !l->info.cluster_id[0];

	*outcome = SWARM_LEFT_GOING;
	if (l->info.manager && !force) {
		force = demote_going(l, d, e) != 0;
		/* by force it takes its vote along: only when nobody can take it */
		if (force && (e->kind == ERR_UNREACHABLE || !deadline_left_ms(d)))
			return -1;
	}
	log_note("the whole swarm goes; leaving at once");
	return swarm_member_leave(l->node, force, d, e);
}

int swarm_leave_alone(struct swarm_leaving *l, enum swarm_leave_outcome *outcome,
		      const struct deadline *d, struct err *e)
{
	struct docker_containers c;

	if (docker_containers_read(l->node, &c, d, e))
		return -1;
	if (c.of_swarm)
		log_warn("no manager could be asked (%s): leaving without knowing "
			 "that another node takes over (%zu of the swarm's containers "
			 "run here) and without removing the entry %s",
			 l->no_other.msg, c.of_swarm, l->info.node_id);
	else
		log_note("no manager answers any more (%s) and nothing of the swarm "
			 "runs here; leaving", l->no_other.msg);
	*outcome = SWARM_LEFT_ALONE;
	return swarm_member_leave(l->node, true, d, e);
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
	return 0;
}

int swarm_leave_broken(struct swarm_leaving *l, enum swarm_leave_outcome *outcome,
		       const struct deadline *d, struct err *e)
{
	struct docker_node n = { 0 };
	bool found = false;
	int ret = -1;

	if (!l->other.engine && !l->going_unheard)
		return err_set(e, ERR_REFUSED, "its swarm state is %s%s%s and no manager "
			       "could be asked (%s); if nobody needs that state, give "
			       "it up there with `docker swarm leave --force`",
			       docker_state_name(l->info.state),
			       l->info.error[0] ? ": " : "", l->info.error,
			       l->no_other.msg);
	if (l->other.engine && swarm_leave_find_entry(l, &found, &n, d, e))
		return -1;
	if (found && swarm_member_remove(l->other.engine, n.id, d, e))
		goto out;
	log_note("its swarm state is %s; giving it up",
		 docker_state_name(l->info.state));
	*outcome = l->other.engine ? SWARM_LEFT : SWARM_LEFT_ALONE;
	ret = swarm_member_leave(l->node, true, d, e);
out:
	docker_node_free(&n);
	return ret;
}

int swarm_leave_entry(struct swarm_leaving *l, enum swarm_leave_outcome *outcome,
		      const struct deadline *d, struct err *e)
{
	const struct swarm_leave_want *w = l->want;
	struct docker_node n = { 0 };
	bool found = false, certain;
	int ret = -1;

	*outcome = l->has_left ? SWARM_LEFT : SWARM_WAS_GONE;
	if (!l->other.engine && l->has_left)
		return err_set(e, ERR_UNREACHABLE, "left, but its entry is still to "
			       "be removed and no manager answers: %s",
			       l->no_other.msg);
	if (!l->other.engine) {
		log_warn("already in no swarm, but no manager could be asked (%s): not "
			 "verified that its entry is gone too; if it is still "
			 "listed, remove it there with `docker node rm --force`",
			 l->no_other.msg);
		return 0;
	}
	if (swarm_leave_find_entry(l, &found, &n, d, e))
		return -1;
	/* Ready with this very ID, or at this address under this name, can only
	 * be the host that has just said that it is in no swarm. */
	certain = w->node_id || (w->advertise_addr && w->hostname);
	if (!found || (!certain && strcmp(n.state, "down"))) {
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
