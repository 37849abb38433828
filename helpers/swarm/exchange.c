/* SPDX-License-Identifier: MIT */
/* Hosts that exchange their roles: promoted before demoted. */
#include "swarm/exchange.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/retry.h"
#include "base/timing.h"
#include "docker/node.h"
#include "net/addr.h"
#include "swarm/known.h"

#include <string.h>
#include <strings.h>

static int find_once(const struct swarm_join_params *params,
		     const struct swarm_known *known, struct swarm_manager *m,
		     const struct deadline *d, struct err *e)
{
	struct swarm_hosts theirs = swarm_known_hosts(known);
	struct deadline soon = deadline_within(d, TIMING_BRIEFLY_MS);
	struct err named;

	if (known->count &&
	    !swarm_manager_find(m, &theirs, params->host, SWARM_MANAGER, &soon, e)) {
		log_note("asking manager %s, which the node itself knows",
			 docker_label(m->engine));
		return 0;
	}
	soon = deadline_within(d, TIMING_BRIEFLY_MS);
	if (!swarm_manager_find(m, &params->managers, params->host, SWARM_MANAGER, &soon,
				&named))
		return 0;
	if (!known->count || err_is(&named, ERR_NOT_TRUSTED))
		*e = named;
	return -1;
}

int swarm_exchange_find(const struct swarm_join_params *params,
			const struct docker_info *info, struct swarm_manager *m,
			const struct deadline *d, struct err *e)
{
	struct retry retry = {
		.every_ms = TIMING_RETRY_MS,
		.until = *d,
		.may = ~ERR_NOT_TRUSTED,
	};
	struct swarm_known known;

	swarm_known_read(&known, params->host, info->managers);
	while (find_once(params, &known, m, d, e)) {
		if (retry_may(&retry, e))
			log_progress("a worker, and no manager of its swarm answers "
				     "(%s)",
				     e->msg);
		if (retry_pause(&retry, e))
			continue;
		if (retry_may(&retry, e))
			err_as(e, ERR_DEADLINE);
		return err_wrap(e,
				"a worker of the swarm with the managers %.300s, "
				"of which none could be asked, and no host of "
				"`managers` answers as one; bring one back, or name "
				"one",
				info->managers);
	}
	return 0;
}

static bool names_another(const struct swarm_join_params *params)
{
	const struct ssh_login *own = &params->host->login;

	for (size_t i = 0; i < params->managers.count; i++) {
		const struct ssh_login *l = &params->managers.list[i].login;

		if (l->port != own->port ||
		    (strcasecmp(l->host, own->host) && !addr_same_ip(l->host, own->host)))
			return true;
	}
	return false;
}

/* Only one that is reachable can take over. */
static int is_only_one(struct docker_engine *manager, const char *node_id, bool *only,
		       const struct deadline *d, struct err *e)
{
	struct docker_nodes nodes = { 0 };

	if (docker_nodes_managers(manager, &nodes, d, e))
		return -1;
	*only = true;
	for (size_t i = 0; i < nodes.count; i++)
		if (strcmp(nodes.list[i].id, node_id) && nodes.list[i].in_raft &&
		    nodes.list[i].reachable)
			*only = false;
	docker_nodes_free(&nodes);
	return 0;
}

int swarm_exchange_wait(const struct swarm_join_params *params,
			struct docker_engine *manager, const char *node_id,
			const struct deadline *d, struct err *e)
{
	bool only;

	if (!names_another(params))
		return 0;
	for (;;) {
		if (is_only_one(manager, node_id, &only, d, e))
			return -1;
		if (!only)
			return 0;
		log_progress("the last manager; waiting until another one of `managers` "
			     "has become one");
		if (deadline_pause(d, TIMING_MANAGER_MS))
			return err_set(e, ERR_REFUSED,
				       "the last manager still, as no "
				       "other host of `managers` has become one in "
				       "time; see what their joins have said");
	}
}
