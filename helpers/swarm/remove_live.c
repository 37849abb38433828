/* SPDX-License-Identifier: MIT */
/* Takes a node out of the swarm that is active in it. */
#include "swarm/node_demote.h"
#include "swarm/node_leave.h"
#include "swarm/remove_internal.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "docker/container.h"
#include "docker/overlay.h"
#include "docker/task.h"
#include "swarm/drain.h"

/* Whom to ask about the node: another manager, or the node itself. */
static struct docker_engine *manager_of(struct swarm_removal *rm)
{
	return rm->other.engine ? rm->other.engine : rm->node;
}

/* Costs one request where nothing is starting. */
static int let_start(struct swarm_removal *rm, const struct deadline *d, struct err *e)
{
	struct docker_node_params params = { .availability = DOCKER_PAUSED };
	const char *id = rm->info.node_id;
	struct docker_tasks tasks;

	if (docker_tasks_count(manager_of(rm), id, NULL, &tasks, d, e))
		return -1;
	if (!tasks.starting)
		return 0;
	if (docker_node_update(manager_of(rm), id, &params, d, e))
		return -1;
	return swarm_drain_let_start(manager_of(rm), id, d, e);
}

static int drain(struct swarm_removal *rm, const struct deadline *d, struct err *e)
{
	struct docker_node_params params = { .availability = DOCKER_DRAINED };
	struct deadline until = deadline_within(d, rm->params->drain_ms);

	if (let_start(rm, d, e))
		return -1;
	log_note("draining");
	if (docker_node_update(manager_of(rm), rm->info.node_id, &params, d, e))
		return -1;
	if (!swarm_drain_wait(manager_of(rm), rm->info.node_id, rm->node, &until, e))
		return 0;
	if (e->kind != ERR_DEADLINE || !rm->params->proceed_on_timeout ||
	    !deadline_left_ms(d))
		return -1;
	log_warn("%s; going on as on_drain_timeout says", e->msg);
	return 0;
}

static int demote_if_manager(struct swarm_removal *rm, const struct deadline *d,
			     struct err *e)
{
	struct docker_node n = { 0 };
	bool manager;

	if (docker_node_read(manager_of(rm), rm->info.node_id, &n, d, e))
		return -1;
	manager = n.in_raft || n.role == DOCKER_MANAGER;
	docker_node_free(&n);
	if (!manager)
		return 0;
	log_note("demoting");
	return swarm_node_demote(manager_of(rm), rm->info.node_id, rm->node, d, e);
}

/* Somebody removed the entry by hand while the node still thinks that it is in
 * the swarm: there is nothing to drain or demote any more. */
static int leave_removed(struct swarm_removal *rm, const struct deadline *d,
			 struct err *e)
{
	log_note("its entry was removed already; giving up its own state");
	rm->outcome = SWARM_WAS_GONE;
	if (swarm_node_leave(rm->node, true, d, e))
		return -1;
	return swarm_node_stop_orphans(rm->node, d, e);
}

int swarm_remove_live(struct swarm_removal *rm, const struct deadline *d, struct err *e)
{
	/* First of all, so that nothing is touched that could not be finished. */
	if (swarm_node_may_demote(manager_of(rm), rm->info.node_id, d, e) ||
	    drain(rm, d, e) || demote_if_manager(rm, d, e)) {
		if (e->kind == ERR_NOT_FOUND && rm->other.engine)
			return leave_removed(rm, d, e);
		return -1;
	}
	log_note("leaving the swarm");
	if (swarm_node_leave(rm->node, false, d, e))
		return -1;
	if (!rm->other.engine) {
		log_warn("left, but its entry %s could not be removed: %s; remove "
			 "it on a manager with `docker node rm`",
			 rm->info.node_id, rm->no_other.msg);
		rm->outcome = SWARM_LEFT_ALONE;
		return 0;
	}
	rm->outcome = SWARM_LEFT;
	rm->has_left = true;
	/* It has answered that it left; the manager would show it Ready for
	 * 14 s more and refuse a plain removal until then. */
	return swarm_node_remove(rm->other.engine, rm->info.node_id, d, e);
}

/* Nobody says that another node takes its work over: only if it was asked for,
 * and with the time that each container was promised. */
static int stop_alone(struct swarm_removal *rm, size_t running, const struct deadline *d,
		      struct err *e)
{
	struct deadline soon = deadline_within(d, rm->params->drain_ms);

	if (!rm->params->proceed_on_timeout) {
		rm->timed_out = true;
		return err_set(e, ERR_UNREACHABLE,
			       "no manager answers (%s), and %zu "
			       "of the swarm's containers run here; bring one back or "
			       "name one in `managers`, or set on_drain_timeout to "
			       "proceed",
			       rm->no_other.msg, running);
	}
	log_warn("no manager answers (%s): stopping %zu of the swarm's containers "
		 "without knowing that another node takes over, as on_drain_timeout "
		 "says",
		 rm->no_other.msg, running);
	return docker_containers_stop_swarm(rm->node, &running, &soon, e);
}

int swarm_remove_alone(struct swarm_removal *rm, const struct deadline *d, struct err *e)
{
	struct docker_containers c;

	if (docker_containers_read(rm->node, &c, d, e) ||
	    (c.of_swarm && stop_alone(rm, c.of_swarm, d, e)))
		return -1;
	log_note("no manager answers any more (%s) and nothing of the swarm runs "
		 "here; leaving, its entry %s may stay",
		 rm->no_other.msg, rm->info.node_id);
	rm->outcome = SWARM_LEFT_ALONE;
	return swarm_node_leave(rm->node, true, d, e);
}

/* A note was not enough: they run on, and nobody reaches them any more. */
static int warn_of_networks(struct swarm_removal *rm, const struct deadline *d,
			    struct err *e)
{
	struct docker_overlay_users users;

	if (docker_overlay_users(rm->node, &users, d, e))
		return -1;
	if (users.count)
		log_warn("%zu of them lose a network of the swarm when the node leaves, "
			 "and run on without it: %s; connect them again once it has "
			 "joined, with `docker network connect`, or set "
			 "standalone_containers to refuse",
			 users.count, users.names);
	return 0;
}

int swarm_remove_standalone(struct swarm_removal *rm, const struct deadline *d,
			    struct err *e)
{
	struct docker_containers c;

	if (docker_containers_read(rm->node, &c, d, e))
		return -1;
	if (!c.standalone)
		return 0;
	if (rm->params->refuse_standalone)
		return err_set(e, ERR_REFUSED,
			       "%zu containers run here that are not "
			       "the swarm's (%s) and that no drain stops; stop them, "
			       "or set standalone_containers to ignore",
			       c.standalone, c.names);
	log_note("%zu containers run here that are not the swarm's and stay as they "
		 "are: %s",
		 c.standalone, c.names);
	return warn_of_networks(rm, d, e);
}
