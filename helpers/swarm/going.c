#include "swarm/going.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "docker/node.h"
#include "docker/swarm.h"
#include "swarm/drain.h"
#include "swarm/manager.h"
#include "swarm/member.h"

#include <string.h>

#define MARK "terraform-swarm-helpers.going"
#define ROLLBACK_MS 20000

int swarm_going_read(struct docker_engine *manager, bool *going,
		     const struct deadline *d, struct err *e)
{
	struct docker_swarm swarm = { 0 };

	if (docker_swarm_read(manager, &swarm, d, e))
		return -1;
	*going = docker_swarm_label(&swarm, MARK) != NULL;
	docker_swarm_wipe(&swarm);
	return 0;
}

int swarm_going_clear(struct docker_engine *manager, const struct deadline *d,
		      struct err *e)
{
	bool going = false;

	if (swarm_going_read(manager, &going, d, e))
		return -1;
	if (!going)
		return 0;
	log_note("the swarm was marked as going by a drain-swarm that was "
		 "interrupted; taking the mark off");
	return docker_swarm_set_label(manager, MARK, NULL, d, e);
}

static int set_availability(struct docker_engine *manager, const char *id,
			    const char *availability, const struct deadline *d,
			    struct err *e)
{
	struct docker_node_want want = { .availability = availability };

	if (!docker_node_update(manager, id, &want, NULL, d, e))
		return 0;
	/* somebody removed it meanwhile: nothing left to do for it */
	return e->kind == ERR_NOT_FOUND ? 0 : -1;
}

/* Runs with time of its own: the deadline has passed, or a stop was asked. */
static void roll_back(struct docker_engine *manager,
		      const struct docker_nodes *before)
{
	struct deadline d = deadline_in(ROLLBACK_MS);
	struct err e;

	log_note("giving up: taking the mark off and putting availabilities back");
	if (docker_swarm_set_label(manager, MARK, NULL, &d, &e))
		log_warn("the mark could not be taken off: %s", e.msg);
	for (size_t i = 0; i < before->count; i++)
		if (set_availability(manager, before->list[i].id,
				     before->list[i].availability, &d, &e))
			log_warn("%s could not be set back to %s: %s",
				 before->list[i].hostname,
				 before->list[i].availability, e.msg);
}

/* A dead manager counts for quorum; without it the leaves can go by demotion. */
static void drop_dead_manager(struct docker_engine *manager,
			      const struct docker_node *n,
			      const struct deadline *d)
{
	struct deadline soon = deadline_within(d, ROLLBACK_MS);
	struct err e;

	log_note("%s is a manager and Down; removing its entry", n->hostname);
	if (swarm_member_remove(manager, n->id, &soon, &e))
		log_warn("%s could not be removed: %s", n->hostname, e.msg);
}

static int drain_all(struct docker_engine *manager,
		     const struct docker_nodes *nodes, int64_t drain_ms,
		     struct swarm_going_result *out, const struct deadline *d,
		     struct err *e)
{
	struct deadline until = deadline_within(d, drain_ms);

	for (size_t i = 0; i < nodes->count; i++) {
		const struct docker_node *n = &nodes->list[i];

		if (!strcmp(n->state, "down")) {
			out->down++;
			if (n->in_raft)
				drop_dead_manager(manager, n, d);
			continue;
		}
		if (set_availability(manager, n->id, "drain", d, e))
			return -1;
		out->nodes++;
	}
	return swarm_drain_wait_all(manager, &until, e);
}

int swarm_going_drain(const struct swarm_hosts *managers, int64_t drain_ms,
		      struct swarm_going_result *out, const struct deadline *d,
		      struct err *e)
{
	struct swarm_manager m = { 0 };
	struct docker_nodes before = { 0 };
	int ret = -1;

	*out = (struct swarm_going_result){ 0 };
	if (swarm_manager_find(&m, managers, NULL, SWARM_MANAGER, d, e) ||
	    docker_nodes_list(m.engine, &before, d, e))
		goto out;
	out->marked = true;
	if (docker_swarm_set_label(m.engine, MARK, "true", d, e) ||
	    drain_all(m.engine, &before, drain_ms, out, d, e)) {
		roll_back(m.engine, &before);
		goto out;
	}
	ret = 0;
out:
	docker_nodes_free(&before);
	docker_close(m.engine);
	return ret;
}
