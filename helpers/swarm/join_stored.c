/* SPDX-License-Identifier: MIT */
/* Joins a host to a swarm by what a store has. */
#include "swarm/join_stored.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/retry.h"
#include "base/text.h"
#include "base/timing.h"
#include "docker/info.h"
#include "docker/swarm.h"
#include "net/tcp.h"
#include "store/store.h"
#include "swarm/identity.h"
#include "swarm/info_wait.h"
#include "swarm/node_leave.h"
#include "swarm/rejoin.h"

#include <stdio.h>
#include <string.h>

/* Another try begins with what is stored then. */
#define MAY_PASS (ERR_TRANSIENT | ERR_KIND(ERR_DEADLINE))

struct joining {
	const struct swarm_join_params *params;
	struct store *store;
	struct docker_engine *host;
	struct docker_info info;
	struct store_entry entry; /* secret */
	char remote[300];         /* the manager that is joined through */
	size_t tries;
};

/* ---- which manager ---- */

static void take_item(const char *list, size_t at, char *out, size_t size)
{
	const char *item;
	size_t n;

	while (text_next_item(&list, &item, &n))
		if (!at--)
			snprintf(out, size, "%.*s", (int)n, item);
}

static size_t count(const char *list)
{
	const char *item;
	size_t n, items = 0;

	while (text_next_item(&list, &item, &n))
		items++;
	return items;
}

/* An engine takes 20 s over a dead manager, and asks no other one. What a host behind SSH can
 * reach is not known here: it is given one after the other. */
static int choose_manager(struct joining *j, const struct deadline *d, struct err *e)
{
	const char *managers = j->entry.managers;
	struct deadline soon = deadline_within(d, TIMING_PROBE_MS);
	size_t at = j->tries % count(managers);

	if (docker_target_is_local(j->params->host) && tcp_probe(managers, &at, &soon, e))
		return err_wrap(e, "no manager of %.300s can be reached", managers);
	take_item(managers, at, j->remote, sizeof(j->remote));
	return 0;
}

/* ---- the join ---- */

static int ask(struct joining *j, const struct deadline *d, struct err *e)
{
	const struct swarm_join_params *p = j->params;
	const struct docker_join request = {
		.remote_addrs = j->remote,
		.token = p->token ? p->token : j->entry.token[STORE_WORKER],
		.advertise_addr = p->advertise_addr,
		.listen_addr = p->listen_addr,
		.data_path_addr = p->data_path_addr,
		.availability = p->availability,
	};

	/* what an earlier membership has left running would run twice */
	if (swarm_node_stop_orphans(j->host, d, e))
		return -1;
	log_note("joining as worker through %s", j->remote);
	if (!docker_swarm_join(j->host, &request, d, e) || e->kind == ERR_CONFLICT)
		return 0;
	/* A token or a CA that was rotated is stored anew before long. */
	return e->kind == ERR_REFUSED ? err_as(e, ERR_BUSY) : -1;
}

static int wait_active(struct joining *j, const struct deadline *d, struct err *e)
{
	const struct docker_info *info = &j->info;

	if (docker_info(j->host, &j->info, d, e) ||
	    swarm_info_stable(j->host, &j->info, d, e))
		return -1;
	if (info->state == DOCKER_ACTIVE && *info->node_id)
		return 0;
	return err_set(e, ERR_BUSY,
		       "the join did not come through: its swarm state is %s%s%s; a token "
		       "that is no longer valid looks so as well",
		       docker_state_name(info->state), *info->error ? ": " : "",
		       info->error);
}

static int leave(struct joining *j, const struct deadline *d, struct err *e)
{
	log_note("its old membership is not usable (%s%s%s); leaving and joining again",
		 docker_state_name(j->info.state), *j->info.error ? ": " : "",
		 j->info.error);
	if (swarm_node_stop_orphans(j->host, d, e))
		return -1;
	return swarm_node_leave(j->host, true, d, e);
}

/* Out of a membership that it cannot use. One with a node ID is one for good: it is let wait
 * for its managers. */
static int make_free(struct joining *j, const struct deadline *d, struct err *e)
{
	const struct docker_info *info = &j->info;
	bool ours = !*info->node_id || j->params->leave_other ||
		    swarm_rejoin_same_managers(info->managers, j->entry.managers);

	if (info->state == DOCKER_INACTIVE)
		return 0;
	if (info->state == DOCKER_LOCKED)
		return err_set(e, ERR_LOCKED,
			       "its swarm state is locked; unlock it there with `docker "
			       "swarm unlock`");
	if (info->state == DOCKER_PENDING && *info->node_id && !j->params->leave_other)
		return err_set(e, ERR_BUSY,
			       "it is in a swarm and does not find its managers (%s)%s%s",
			       *info->managers ? info->managers : "it knows none",
			       *info->error ? ": " : "", info->error);
	if (ours)
		return leave(j, d, e);
	return err_set(e, ERR_REFUSED,
		       "belongs to another swarm (managers %s) than the one that is stored "
		       "(%s); if it should move and the old swarm may lose it, set "
		       "from_other_swarm to leave",
		       *info->managers ? info->managers : "unknown", j->entry.managers);
}

static int join(struct joining *j, const struct deadline *d, struct err *e)
{
	if (store_read(j->store, STORE_ROLE(STORE_WORKER), &j->entry, d, e) ||
	    choose_manager(j, d, e) || make_free(j, d, e) || ask(j, d, e))
		return -1;
	return wait_active(j, d, e);
}

/* ---- one try ---- */

static int check(const struct joining *j, struct err *e)
{
	const struct swarm_node_id asked = { .addr = j->params->advertise_addr,
					     .hostname = j->params->hostname };

	if (swarm_identity_check(&asked, &j->info, e))
		return -1;
	if (j->info.state != DOCKER_ACTIVE)
		return 0;
	if (j->info.manager)
		return err_set(e, ERR_REFUSED,
			       "is a manager of its swarm; its role is changed through "
			       "another one: give managers in place of store");
	return swarm_identity_check_addr(&asked, &j->info, e);
}

static int join_once(struct joining *j, const struct deadline *d, struct err *e)
{
	int ret = -1;

	if (docker_open(&j->host, j->params->host, d, e))
		return -1;
	if (!docker_info(j->host, &j->info, d, e) &&
	    !swarm_info_stable(j->host, &j->info, d, e) && !check(j, e))
		ret = j->info.state == DOCKER_ACTIVE && *j->info.node_id ? 0
									 : join(j, d, e);
	store_entry_wipe(&j->entry);
	docker_close(j->host);
	j->host = NULL;
	j->tries++;
	return ret;
}

int swarm_join_stored(const struct swarm_join_params *params, struct store *store,
		      struct swarm_joined *out, const struct deadline *d, struct err *e)
{
	struct joining j = { .params = params, .store = store };
	struct retry retry = { .every_ms = TIMING_RETRY_MS,
			       .growth = 50,
			       .most_ms = TIMING_STORE_MAX_MS,
			       .jitter = 50,
			       .until = *d,
			       .may = MAY_PASS };

	while (join_once(&j, d, e))
		if (!retry_anew(&retry, e))
			return -1;
	*out = (struct swarm_joined){ .role = DOCKER_WORKER, .state = DOCKER_NODE_READY };
	snprintf(out->node_id, sizeof(out->node_id), "%s", j.info.node_id);
	return 0;
}
