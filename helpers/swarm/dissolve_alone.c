/* SPDX-License-Identifier: MIT */
/* Takes a swarm apart whose managers cannot be asked. */
#include "swarm/dissolve.h"

#include "base/deadline.h"
#include "base/log.h"
#include "base/secret.h"
#include "docker/container.h"
#include "swarm/each.h"
#include "swarm/node_leave.h"
#include "swarm/peers.h"
#include "swarm/rejoin.h"
#include "swarm/teardown_file.h"

struct alone {
	struct swarm_reached *hosts;
	int64_t drain_ms;
	const struct deadline *d;
};

static bool is_in(const struct swarm_reached_host *h)
{
	return h->engine && h->info.state != DOCKER_INACTIVE;
}

/* ---- one swarm ---- */

static bool knows_managers(const struct swarm_reached_host *h)
{
	return is_in(h) && h->info.managers[0];
}

static bool share_a_manager(const struct swarm_reached_host *a,
			    const struct swarm_reached_host *b)
{
	return swarm_rejoin_same_managers(a->info.managers, b->info.managers);
}

/* Marks the hosts that are in the swarm of those marked: two that know one
 * manager are in one swarm, whoever else they know. */
static void mark_same_swarm(const struct swarm_reached *hosts, bool *same)
{
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < hosts->count; i++)
			for (size_t k = 0; !same[i] && k < hosts->count; k++)
				if (same[k] && knows_managers(&hosts->list[i]) &&
				    share_a_manager(&hosts->list[i], &hosts->list[k]))
					same[i] = more = true;
	}
}

/* Where no manager answers, only the managers that a host knows identify its swarm.
 * Of two swarms it cannot be known which one the teardown is for. */
static int check_one_swarm(const struct swarm_reached *hosts, struct err *e)
{
	bool *same = secret_calloc(hosts->count + 1, sizeof(*same));
	size_t first = 0;
	int ret = 0;

	if (!same)
		return err_no_memory(e);
	while (first < hosts->count && !knows_managers(&hosts->list[first]))
		first++;
	if (first < hosts->count) {
		same[first] = true;
		mark_same_swarm(hosts, same);
	}
	for (size_t i = first; !ret && i < hosts->count; i++) {
		const struct swarm_reached_host *a = &hosts->list[first],
						*b = &hosts->list[i];

		if (knows_managers(b) && !same[i])
			ret = swarm_peers_refuse_two(a->target->label, &a->info,
						     b->target->label, &b->info, e);
	}
	secret_free(same);
	return ret;
}

/* ---- each host by itself ---- */

/* Containers get the time to stop that a drain would give them. */
static void stop_work(struct swarm_reached_host *h, const struct alone *a)
{
	struct deadline soon = deadline_within(a->d, a->drain_ms);
	size_t stopped = 0;
	struct err why;

	if (docker_containers_stop_swarm(h->engine, &stopped, &soon, &why))
		log_warn("%s: what runs there of the swarm could not be stopped: %s",
			 h->target->label, why.msg);
	else if (stopped)
		log_note("%s: stopped %zu of the swarm's containers", h->target->label,
			 stopped);
}

static void let_go(void *ctx, size_t i)
{
	const struct alone *a = ctx;
	struct swarm_reached_host *h = &a->hosts->list[i];

	if (!is_in(h))
		return;
	stop_work(h, a);
	if (deadline_stopped(a->d))
		return;
	log_warn("%s: %s leaves by force, without a manager's word", h->target->label,
		 h->info.manager ? "a manager" : "a worker");
	h->failed = swarm_node_leave(h->engine, true, a->d, &h->why) != 0;
}

static int check(const struct swarm_reached *hosts, struct swarm_teardown_result *out,
		 struct err *e)
{
	for (size_t i = 0; i < hosts->count; i++) {
		const struct swarm_reached_host *h = &hosts->list[i];

		if (h->failed) {
			*e = h->why;
			return -1;
		}
		if (h->engine)
			continue;
		out->timed_out++;
		log_warn("given up, since it does not answer: %s", h->why.msg);
	}
	return 0;
}

int swarm_dissolve_alone(const struct swarm_teardown_params *params,
			 struct swarm_reached *hosts, struct swarm_teardown_result *out,
			 const struct deadline *d, struct err *e)
{
	struct alone a = { .hosts = hosts, .drain_ms = params->drain_ms, .d = d };

	for (size_t i = 0; i < hosts->count; i++)
		if (hosts->list[i].engine && hosts->list[i].info.cluster_id[0])
			return err_set(e, ERR_BUSY, "%s answers as a manager by now",
				       hosts->list[i].target->label);
	if (check_one_swarm(hosts, e))
		return -1;
	swarm_each(hosts->count, let_go, &a);
	if (deadline_stopped(d))
		return err_set(e, ERR_DEADLINE,
			       "stopped while each host left by "
			       "itself");
	out->outcome = SWARM_EACH_ALONE;
	if (check(hosts, out, e))
		return -1;
	return swarm_teardown_file_unheard(params->file, e);
}
