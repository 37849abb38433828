/* SPDX-License-Identifier: MIT */
/* Ends a whole swarm: teardown marker, drain, wait for the tasks, take apart. */
#include "swarm/teardown.h"

#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/process.h"
#include "base/retry.h"
#include "base/timing.h"
#include "docker/node.h"
#include "swarm/dissolve.h"
#include "swarm/drain.h"
#include "swarm/manager.h"
#include "swarm/node_demote.h"
#include "swarm/teardown_marker.h"
#include "swarm/teardown_file.h"

#include <string.h>

#define MARKER_MAX (1u << 20)

static const char *const outcome_names[] = {
	[SWARM_DISSOLVED] = "dissolved",
	[SWARM_HANDED_ON] = "handed-on",
	[SWARM_ALL_OUT] = "was-gone",
	[SWARM_EACH_ALONE] = "unreachable",
};

const char *swarm_teardown_outcome_name(enum swarm_teardown_outcome o)
{
	return outcome_names[o];
}

/* One try, and what is known of it. */
struct try {
	const struct swarm_teardown_params *params;
	struct swarm_teardown_result *out;
	struct swarm_manager m;
	struct buf marker;             /* what was, "" as long as it was not set */
	bool apart;                    /* nothing is put back any more */
	char parent[PROCESS_NAME_MAX]; /* "" where that cannot be told */
};

/* ---- draining ---- */

static int set_availability(struct docker_engine *manager, const char *id,
			    enum docker_availability availability,
			    const struct deadline *d, struct err *e)
{
	struct docker_node_params params = { .availability = availability };

	if (!docker_node_update(manager, id, &params, d, e))
		return 0;
	/* somebody removed it meanwhile: nothing left to do for it */
	return e->kind == ERR_NOT_FOUND ? 0 : -1;
}

/* A dead manager counts for quorum; without it the others can be demoted. */
static void drop_dead_manager(struct docker_engine *manager, const struct docker_node *n,
			      const struct deadline *d)
{
	struct deadline soon = deadline_within(d, TIMING_ROLLBACK_MS);
	struct err e;

	log_note("%s is a manager and Down; removing its entry", n->hostname);
	if (swarm_node_remove(manager, n->id, &soon, &e))
		log_warn("%s could not be removed: %s", n->hostname, e.msg);
}

/* Nodes are drained one after the other: without this, tasks of the first ones
 * would be started on the last ones, only to be stopped there. */
static int pause_all(struct try *t, const struct docker_nodes *nodes,
		     const struct deadline *d, struct err *e)
{
	for (size_t i = 0; i < nodes->count; i++) {
		const struct docker_node *n = &nodes->list[i];

		if (n->state != DOCKER_NODE_DOWN && n->availability == DOCKER_AVAILABLE &&
		    set_availability(t->m.engine, n->id, DOCKER_PAUSED, d, e))
			return -1;
	}
	return swarm_drain_let_start(t->m.engine, NULL, d, e);
}

static int drain_all(struct try *t, const struct docker_nodes *nodes,
		     const struct deadline *d, struct err *e)
{
	struct deadline until = deadline_within(d, t->params->drain_ms);
	struct docker_engine *manager = t->m.engine;

	t->out->nodes = t->out->down = 0;
	for (size_t i = 0; i < nodes->count; i++) {
		const struct docker_node *n = &nodes->list[i];

		if (n->state == DOCKER_NODE_DOWN) {
			t->out->down++;
			if (n->in_raft)
				drop_dead_manager(manager, n, d);
			continue;
		}
		if (set_availability(manager, n->id, DOCKER_DRAINED, d, e))
			return -1;
		t->out->nodes++;
	}
	return swarm_drain_wait_all(manager, &until, e);
}

static int mark_and_drain(struct try *t, const struct deadline *d, struct err *e)
{
	struct docker_nodes nodes = { 0 };
	int ret = -1;

	if (docker_nodes_list(t->m.engine, &nodes, d, e))
		return -1;
	log_note("draining all nodes of the swarm before it is taken apart; if this "
		 "is interrupted, `terraform destroy` goes on with it, and "
		 "`terraform apply` makes the swarm whole again");
	buf_free(&t->marker);
	if (!swarm_teardown_marker_set(t->m.engine, &nodes, &t->marker, d, e) &&
	    !pause_all(t, &nodes, d, e))
		ret = drain_all(t, &nodes, d, e);
	docker_nodes_free(&nodes);
	return ret;
}

/* Runs with time of its own: the deadline has passed, or a stop was asked. */
static void restore(struct try *t)
{
	struct deadline d = deadline_in(TIMING_ROLLBACK_MS);
	struct err e;

	if (!t->marker.len || t->apart || !t->m.engine)
		return;
	log_note("giving up: restoring availabilities and removing the teardown marker");
	if (swarm_teardown_marker_remove(t->m.engine, buf_str(&t->marker), NULL, &d, &e))
		log_warn("that has failed (%s); the next join-node does it", e.msg);
}

/* ---- the whole ---- */

/* A terraform that was killed cannot stop what it has started, and the next one
 * may be making whole already what this would take apart. */
static int check_parent(const struct try *t, struct err *e)
{
	if (!*t->parent || process_is_ancestor(t->parent))
		return 0;
	return err_set(e, ERR_REFUSED,
		       "the process that started this run has ended, "
		       "so nothing is taken apart; run it again");
}

static int take_apart(struct try *t, const struct deadline *d, struct err *e)
{
	struct swarm_reached hosts;
	struct swarm_dissolving all = { .hosts = &hosts,
					.m = &t->m,
					.file = t->params->file };
	int ret;

	if (check_parent(t, e))
		return -1;
	log_note("no task is left; taking the swarm apart");
	if (swarm_reached_open(&hosts, &t->params->nodes, TIMING_SILENT_HOST_MS, d, e))
		return -1;
	t->apart = true;
	all.marker = buf_str(&t->marker);
	ret = swarm_dissolve(&all, t->out, d, e);
	swarm_reached_close(&hosts);
	return ret;
}

/* The managers as they should be, then whoever else may be one. */
static int find(struct try *t, const struct deadline *d, struct err *e)
{
	const struct swarm_hosts *nodes = &t->params->nodes;
	struct err why;

	if (!swarm_manager_find(&t->m, &t->params->managers, NULL, SWARM_MANAGER, d, e))
		return 0;
	if (nodes->list == t->params->managers.list || !deadline_left_ms(d) ||
	    err_is(e, ERR_NOT_TRUSTED))
		return -1;
	return swarm_manager_find(&t->m, nodes, NULL, SWARM_MANAGER, d, &why);
}

static int attempt(struct try *t, const struct deadline *d, struct err *e)
{
	t->m.engine = NULL;
	if (find(t, d, e))
		return -1;
	/* a swarm that answers disproves what an earlier teardown said */
	swarm_teardown_file_remove(t->params->file);
	if (mark_and_drain(t, d, e))
		return -1;
	return take_apart(t, d, e);
}

/* Put back is only what is given up: also when a stop was asked between two tries. */
static int with_manager(struct try *t, const struct deadline *d, struct err *e)
{
	struct retry retry = {
		.every_ms = TIMING_RETRY_MS,
		.until = deadline_within(d, TIMING_SILENT_HOST_MS),
		.may = SWARM_HOST_MAY_COME,
	};
	int ret;

	while ((ret = attempt(t, d, e)) && retry_anew(&retry, e))
		docker_close(t->m.engine);
	if (ret)
		restore(t);
	docker_close(t->m.engine);
	return ret;
}

static bool all_out(const struct swarm_reached *hosts)
{
	for (size_t i = 0; i < hosts->count; i++)
		if (!hosts->list[i].engine ||
		    hosts->list[i].info.state != DOCKER_INACTIVE)
			return false;
	return true;
}

/* Whether nobody could be asked, rather than that somebody may be another. */
static bool is_unheard(const struct try *t, const struct deadline *d, const struct err *e)
{
	return !t->marker.len && deadline_left_ms(d) &&
	       !err_is(e, ERR_NOT_TRUSTED | ERR_KIND(ERR_LOCAL));
}

/* `why` no manager could be asked. */
static int without_manager(struct try *t, const struct err *why, const struct deadline *d,
			   struct err *e)
{
	struct swarm_reached hosts;
	int ret = 0;

	if (swarm_reached_open(&hosts, &t->params->nodes, TIMING_SILENT_HOST_MS, d, e))
		return -1;
	if (check_parent(t, e))
		ret = -1;
	else if (all_out(&hosts)) {
		t->out->outcome = SWARM_ALL_OUT;
		log_note("none of the hosts is in a swarm: nothing is left to do");
	} else if (!t->params->proceed) {
		*e = *why;
		ret = -1;
	} else {
		log_warn("%s: going on without draining the swarm", why->msg);
		ret = swarm_dissolve_alone(t->params, &hosts, t->out, d, e);
	}
	swarm_reached_close(&hosts);
	return ret;
}

int swarm_teardown(const struct swarm_teardown_params *params,
		   struct swarm_teardown_result *out, const struct deadline *d,
		   struct err *e)
{
	struct try t = { .params = params, .out = out, .marker = BUF_INIT(MARKER_MAX) };
	struct err why;
	int ret;

	*out = (struct swarm_teardown_result){ 0 };
	if (process_parent(t.parent, sizeof(t.parent)))
		*t.parent = '\0';
	ret = with_manager(&t, d, e);
	if (ret && is_unheard(&t, d, e)) {
		why = *e;
		ret = without_manager(&t, &why, d, e);
	}
	buf_free(&t.marker);
	return ret;
}
