/* SPDX-License-Identifier: MIT */
/* Rolls one node: script, drain, script, reboot, Ready, availability. */
#include "swarm/roll_internal.h"

#include "base/log.h"
#include "base/retry.h"
#include "base/timing.h"
#include "docker/node.h"
#include "docker/task.h"
#include "swarm/drain.h"
#include "swarm/info_wait.h"
#include "swarm/node_wait.h"
#include "swarm/raft_sync.h"
#include "swarm/reached.h"

#include <stdio.h>
#include <string.h>

typedef int step_fn(struct swarm_roll_node *n, const struct deadline *d, struct err *e);

/* ---- availability ---- */

int swarm_roll_set_availability(struct docker_engine *manager, const char *id,
				enum docker_availability availability,
				const struct deadline *d, struct err *e)
{
	struct docker_node_params params = { .availability = availability };
	enum docker_availability now;

	/* a change that was acknowledged has once not been there afterwards */
	do {
		struct docker_node node = { 0 };

		if (docker_node_update(manager, id, &params, d, e) ||
		    docker_node_read(manager, id, &node, d, e))
			return -1;
		now = node.availability;
		docker_node_free(&node);
	} while (now != availability);
	return 0;
}

/* ---- the steps, each of which may be taken again ---- */

/* Tasks in their first moments would not hear that they are to stop. */
static int let_start(struct swarm_roll_node *n, struct docker_engine *manager,
		     const struct deadline *d, struct err *e)
{
	struct docker_tasks tasks;

	if (n->found == DOCKER_DRAINED)
		return 0;
	if (docker_tasks_count(manager, n->id, NULL, &tasks, d, e))
		return -1;
	if (!tasks.starting)
		return 0;
	if (swarm_roll_set_availability(manager, n->id, DOCKER_PAUSED, d, e))
		return -1;
	return swarm_drain_let_start(manager, n->id, d, e);
}

static int drain(struct swarm_roll_node *n, const struct deadline *d, struct err *e)
{
	struct deadline until = deadline_within(d, n->roll->params->drain_ms);
	struct docker_engine *manager;

	if (swarm_roll_manager(&n->ask, &manager, d, e) ||
	    swarm_roll_record(n, manager, d, e) || let_start(n, manager, d, e))
		return -1;
	if (!n->was_drained)
		log_note("draining");
	n->was_drained = true;
	if (swarm_roll_set_availability(manager, n->id, DOCKER_DRAINED, d, e))
		return -1;
	return swarm_drain_wait(manager, n->id, n->engine, &until, e);
}

static int hand_over(struct swarm_roll_node *n, const struct deadline *d, struct err *e)
{
	struct docker_engine *manager;

	if (n->role != DOCKER_MANAGER || n->roll->managers < 2)
		return 0;
	if (swarm_roll_reopen(n, d, e) || swarm_roll_manager(&n->ask, &manager, d, e))
		return -1;
	return swarm_roll_hand_over(n, manager, d, e);
}

static int run_first(struct swarm_roll_node *n, const struct deadline *d, struct err *e)
{
	const struct swarm_roll_params *p = n->roll->params;
	bool asks = false;

	if (swarm_roll_reopen(n, d, e) ||
	    p->script(p->ctx, n->engine, false, &asks, d, e))
		return -1;
	n->outcome = asks ? SWARM_ROLL_DRAINED : SWARM_ROLL_KEPT;
	return 0;
}

static int run_drained(struct swarm_roll_node *n, const struct deadline *d, struct err *e)
{
	const struct swarm_roll_params *p = n->roll->params;
	bool asks = false;

	if (swarm_roll_reopen(n, d, e) || p->script(p->ctx, n->engine, true, &asks, d, e))
		return -1;
	if (!asks)
		return 0;
	return err_set(e, ERR_REFUSED,
		       "the script asks once more that the node's work "
		       "goes first, though none is there; let it do its work where "
		       "NODE_DRAINED is yes");
}

static int refuse_lost(const struct swarm_roll_node *n, struct err *e)
{
	const struct docker_info *info = &n->info;

	if (info->state == DOCKER_INACTIVE)
		return err_set(e, ERR_REFUSED,
			       "is in no swarm any more; let join-node "
			       "run there");
	if (info->state == DOCKER_LOCKED)
		return err_set(e, ERR_LOCKED,
			       "its swarm is locked; unlock it there "
			       "with `docker swarm unlock`");
	if (info->state == DOCKER_ACTIVE && n->id[0] && info->node_id[0] &&
	    strcmp(n->id, info->node_id))
		return err_set(e, ERR_REFUSED, "was node %s and is node %s now", n->id,
			       info->node_id);
	return 0;
}

static enum swarm_stable is_back(const struct swarm_info_wait *w, struct err *e)
{
	const struct swarm_roll_node *n = w->ctx;
	const struct docker_info *info = w->info;

	if (refuse_lost(n, e))
		return SWARM_UNUSABLE;
	if (info->state != DOCKER_ACTIVE || !info->node_id[0])
		err_set(e, ERR_DEADLINE, "its swarm state is %s%s%s",
			docker_state_name(info->state), info->error[0] ? ": " : "",
			info->error);
	else if (n->role == DOCKER_MANAGER && !info->manager)
		err_set(e, ERR_DEADLINE, "it manages nothing yet");
	else
		return SWARM_STABLE;
	return SWARM_CHANGING;
}

static void drop(struct swarm_roll_node *n)
{
	docker_close(n->engine);
	n->engine = NULL;
}

/* Until the engine answers, and says itself that it is in the swarm. The connection may
 * have gone with the engine, as at a reboot. That it is in no swarm counts on a new
 * connection only: see roll_open.c. */
static int wait_engine(struct swarm_roll_node *n, const struct deadline *d, struct err *e)
{
	struct swarm_info_wait w = {
		.info = &n->info,
		.stable = is_back,
		.ctx = n,
		.every_ms = TIMING_ENGINE_MS,
	};
	struct retry retry = {
		.every_ms = TIMING_ENGINE_MS,
		.until = *d,
		.may = SWARM_HOST_MAY_COME,
	};
	int64_t since = deadline_now_ms();
	bool is_new = !n->engine;
	enum swarm_stable stable;

	for (;; is_new = !n->engine) {
		if (!n->engine && swarm_roll_reopen(n, d, e))
			return -1;
		w.engine = n->engine;
		stable = swarm_info_wait(&w, d, d, e);
		if (stable == SWARM_STABLE)
			return 0;
		if (stable == SWARM_CHANGING)
			return err_as(e, ERR_DEADLINE);
		if (n->info.state == DOCKER_INACTIVE && !is_new) {
			drop(n);
			continue;
		}
		if (!retry_may(&retry, e))
			return -1;
		if (deadline_now_ms() - since > TIMING_BRIEFLY_MS) {
			drop(n);
			since = deadline_now_ms();
		}
		log_progress("waiting for its engine: %s", e->msg);
		if (!retry_pause(&retry, e))
			return err_as(e, ERR_DEADLINE);
	}
}

/* What is known only now of a node whose engine did not answer before. */
static int learn(struct swarm_roll_node *n, struct docker_engine *manager,
		 const struct deadline *d, struct err *e)
{
	struct docker_node now = { 0 };

	if (n->id[0])
		return 0;
	if (docker_node_read(manager, n->info.node_id, &now, d, e))
		return -1;
	memcpy(n->id, now.id, sizeof(n->id));
	memcpy(n->hostname, now.hostname, sizeof(n->hostname));
	n->role = now.in_raft ? DOCKER_MANAGER : now.role;
	swarm_roll_find(n, now.availability);
	docker_node_free(&now);
	return 0;
}

static int wait_ready(struct swarm_roll_node *n, const struct deadline *d, struct err *e)
{
	struct docker_engine *manager;

	if (wait_engine(n, d, e) || swarm_roll_manager(&n->ask, &manager, d, e) ||
	    learn(n, manager, d, e) ||
	    swarm_node_wait_ready(manager, n->id, n->role, d, e))
		return -1;
	if (n->role != DOCKER_MANAGER || n->roll->managers < 2)
		return 0;
	return swarm_raft_sync(manager, n->engine, n->id, NULL, d, e);
}

static int restore(struct swarm_roll_node *n, const struct deadline *d, struct err *e)
{
	struct docker_engine *manager;

	if (swarm_roll_manager(&n->ask, &manager, d, e))
		return -1;
	return swarm_roll_set_availability(manager, n->id, n->wanted, d, e);
}

/* ---- the node ---- */

/* Takes a step, and again after what may pass. *ms: how long that took. */
static int take(step_fn *step, struct swarm_roll_node *n, int64_t *ms,
		const struct deadline *d, struct err *e)
{
	struct retry retry = {
		.every_ms = TIMING_RETRY_MS,
		.until = *d,
		.may = SWARM_ROLL_MAY_PASS,
	};
	int64_t began = deadline_now_ms();
	int ret;

	while ((ret = step(n, d, e)) && retry_may(&retry, e) && retry_in_time(&retry)) {
		swarm_roll_close(n);
		log_progress("%s; trying again", e->msg);
		if (!retry_pause(&retry, e))
			break;
	}
	n->used_ms = deadline_now_ms();
	*ms += n->used_ms - began;
	return ret;
}

/* Where the engine is dead, nothing of the swarm runs, and nobody knows the ID. */
static int make_empty(struct swarm_roll_node *n, const struct deadline *d, struct err *e)
{
	if (n->id[0] && (take(drain, n, &n->drain_ms, d, e) ||
			 take(hand_over, n, &n->drain_ms, d, e)))
		return -1;
	return 0;
}

/* Until the script asks for no drain any more, and tells whether to reboot the host. */
static int run_script(struct swarm_roll_node *n, const struct deadline *d, struct err *e)
{
	bool first = n->answers && !n->roll->params->drain_always;

	if (first && take(run_first, n, &n->script_ms, d, e))
		return -1;
	if (!first)
		n->outcome = SWARM_ROLL_DRAINED;
	if (n->outcome == SWARM_ROLL_DRAINED &&
	    (make_empty(n, d, e) || take(run_drained, n, &n->script_ms, d, e)))
		return -1;
	return take(swarm_roll_look_at_boot, n, &n->boot_ms, d, e);
}

static int reboot(struct swarm_roll_node *n, const struct deadline *d, struct err *e)
{
	if (n->outcome == SWARM_ROLL_KEPT && make_empty(n, d, e))
		return -1;
	if (take(swarm_roll_reboot, n, &n->boot_ms, d, e))
		return err_wrap(e, "has not come back from its reboot");
	swarm_roll_close(n);
	return 0;
}

static int roll(struct swarm_roll_node *n, const struct deadline *d, struct err *e)
{
	if (run_script(n, d, e))
		return -1;
	if (n->outcome == SWARM_ROLL_KEPT && !n->unfinished && !n->boot.required)
		return 0;
	if (n->boot.required && reboot(n, d, e))
		return -1;
	if (take(wait_ready, n, &n->ready_ms, d, e))
		return -1;
	return take(restore, n, &n->ready_ms, d, e);
}

static void say_done(const struct swarm_roll_node *n, size_t done)
{
	char rebooted[48] = "";

	if (n->outcome == SWARM_ROLL_KEPT) {
		log_note("done in %.1f s: %s (%zu of %zu)", (double)n->all_ms / 1000,
			 n->unfinished ? "an earlier roll had left it drained"
				       : "its work stayed",
			 done, n->roll->count);
		return;
	}
	if (n->outcome == SWARM_ROLL_REBOOTED)
		snprintf(rebooted, sizeof(rebooted), "rebooted in %.1f s, ",
			 (double)n->boot_ms / 1000);
	log_note("done in %.1f s: drained in %.1f s, script %.1f s, %sReady in "
		 "%.1f s (%zu of %zu)",
		 (double)n->all_ms / 1000, (double)n->drain_ms / 1000,
		 (double)n->script_ms / 1000, rebooted, (double)n->ready_ms / 1000, done,
		 n->roll->count);
}

void swarm_roll_one(struct swarm_roll_node *n)
{
	struct deadline d = deadline_within(n->roll->d, n->roll->params->node_ms);
	int64_t began = deadline_now_ms();

	log_about(n->label);
	n->failed = roll(n, &d, &n->why) != 0;
	n->all_ms = deadline_now_ms() - began;
	n->ended = true;
	swarm_roll_close(n);
	if (!n->failed)
		say_done(n, atomic_fetch_add(&n->roll->done, 1) + 1);
	log_about(NULL);
}
