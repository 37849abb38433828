/* SPDX-License-Identifier: MIT */
/* Gets a host out of a membership it cannot use and into the swarm. */
#include "swarm/rejoin.h"

#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "base/timing.h"
#include "docker/node.h"
#include "docker/api_error.h"
#include "docker/swarm.h"
#include "swarm/connect.h"
#include "swarm/info_wait.h"
#include "swarm/node_demote.h"
#include "swarm/node_leave.h"
#include "swarm/refused_join.h"
#include "swarm/why.h"

#include <stdio.h>
#include <string.h>

bool swarm_rejoin_same_managers(const char *a, const char *b)
{
	const char *item, *rest = a;
	size_t n;

	while (text_next_item(&rest, &item, &n)) {
		const char *other, *others = b;
		size_t m;

		while (n && text_next_item(&others, &other, &m))
			if (n == m && !memcmp(item, other, n))
				return true;
	}
	return false;
}

void swarm_rejoin_remote(const char *managers, const char *addr, char *out, size_t size)
{
	const char *item, *rest = managers;
	size_t n, len = strlen(addr);

	while (len && text_next_item(&rest, &item, &n)) {
		const char *ip = *item == '[' ? item + 1 : item;

		if (!strncmp(ip, addr, len) && (ip[len] == ':' || ip[len] == ']')) {
			snprintf(out, size, "%.*s", (int)n, item);
			return;
		}
	}
	snprintf(out, size, "%s", managers);
}

/* Active with an ID; an election, or a manager that went, passes. */
static enum swarm_stable is_joined(const struct swarm_info_wait *w, struct err *e)
{
	const struct docker_info *info = w->info;

	if (info->state == DOCKER_ACTIVE && info->node_id[0])
		return SWARM_STABLE;
	if (info->state == DOCKER_ERROR) {
		err_set(e, docker_api_error_kind(0, info->error), "the join failed: %s",
			info->error);
		return SWARM_UNUSABLE;
	}
	err_set(e, ERR_DEADLINE, "the join is still %s%s%s",
		docker_state_name(info->state), info->error[0] ? ": " : "", info->error);
	return SWARM_CHANGING;
}

static int wait_joined(struct swarm_joining *j, const struct deadline *d, struct err *e)
{
	struct swarm_info_wait w = {
		.engine = j->host,
		.info = &j->info,
		.stable = is_joined,
		.every_ms = TIMING_ENGINE_MS,
	};

	return swarm_info_wait(&w, d, d, e) == SWARM_STABLE ? 0 : -1;
}

static int join_with_fresh_token(struct swarm_joining *j, struct docker_join *request,
				 const struct deadline *d, struct err *e)
{
	bool manager = j->params->role == DOCKER_MANAGER;
	struct docker_swarm swarm = { 0 };
	int ret = -1;

	/* Twice: the token may be rotated between the read and the join. */
	for (int i = 0; ret && i < 2; i++) {
		docker_swarm_wipe(&swarm);
		if (docker_swarm_read(j->m.engine, &swarm, d, e))
			break;
		request->token = manager ? swarm.manager_token : swarm.worker_token;
		ret = docker_swarm_join(j->host, request, d, e);
		if (ret && (e->kind != ERR_REFUSED || swarm_why_is_final(e->msg)))
			break;
	}
	docker_swarm_wipe(&swarm);
	return ret;
}

/* In a swarm by now (ERR_CONFLICT): what was sent twice was done the first time, and
 * a manager that does not know the node will say so. */
static int ask(struct swarm_joining *j, struct docker_join *request,
	       const struct deadline *d, struct err *e)
{
	int ret = j->params->token ? docker_swarm_join(j->host, request, d, e)
				   : join_with_fresh_token(j, request, d, e);

	if (ret && e->kind != ERR_CONFLICT)
		return -1;
	return wait_joined(j, d, e);
}

/* Before a manager joins: the lease, and which entries there are. */
static int begin_manager(struct swarm_joining *j, struct swarm_refused_join *refused,
			 const struct deadline *d, struct err *e)
{
	if (swarm_join_lease_acquire(&j->lease, TIMING_JOIN_LEASE_MS, d, e))
		return -1;
	return swarm_refused_join_begin(refused, d, e);
}

static int join(struct swarm_joining *j, const struct deadline *d, struct err *e)
{
	const struct swarm_join_params *p = j->params;
	bool manager = p->role == DOCKER_MANAGER;
	char remote[1024], hostname[sizeof(j->info.hostname)];
	struct swarm_refused_join refused = { .manager = j->m.engine,
					      .hostname = hostname,
					      .advertise_addr = p->advertise_addr };
	struct docker_join request = {
		.remote_addrs = remote,
		.token = p->token,
		.advertise_addr = p->advertise_addr,
		.listen_addr = p->listen_addr,
		.data_path_addr = p->data_path_addr,
		.availability = p->availability,
	};
	int ret = -1;

	memcpy(hostname, j->info.hostname, sizeof(hostname));
	/* what an earlier membership has left running would run twice */
	if (swarm_node_stop_orphans(j->host, d, e))
		return -1;
	swarm_rejoin_remote(j->m.info.managers, j->m.info.node_addr, remote,
			    sizeof(remote));
	if (manager && begin_manager(j, &refused, d, e))
		goto out;
	log_note("joining as %s through %s", docker_role_name(p->role), remote);
	ret = ask(j, &request, d, e);
	if (ret && manager && swarm_why_no_way_back(e->msg))
		swarm_refused_join_clear(&refused, d);
	if (ret)
		swarm_why_join(j->host, j->m.engine, &request, d, e);
out:
	swarm_refused_join_end(&refused);
	return ret;
}

/* What the manager has of a host's membership. */
struct standing {
	bool listed, ours; /* its entry is there; its swarm is the manager's */
	bool dropped;      /* a manager that the raft has lost */
};

bool swarm_rejoin_is_dropped(const struct docker_info *host, const struct docker_node *n)
{
	struct err why;

	return host->manager && n->role == DOCKER_MANAGER && !n->in_raft &&
	       n->state == DOCKER_NODE_DOWN && swarm_connect_is_manager("", host, &why) &&
	       why.kind == ERR_NO_LEADER;
}

static int look_up(const struct swarm_joining *j, struct standing *s,
		   const struct deadline *d, struct err *e)
{
	const struct docker_info *info = &j->info;
	struct docker_node n = { 0 };

	s->listed = info->node_id[0] &&
		    !docker_node_read(j->m.engine, info->node_id, &n, d, e);
	if (info->node_id[0] && !s->listed && e->kind != ERR_NOT_FOUND)
		return -1;
	s->dropped = j->retried && s->listed && swarm_rejoin_is_dropped(info, &n);
	docker_node_free(&n);
	s->ours = s->listed || !info->node_id[0] ||
		  swarm_rejoin_same_managers(info->managers, j->m.info.managers);
	return 0;
}

static int rejoin(struct swarm_joining *j, const struct deadline *d, struct err *e)
{
	log_note("its old membership is not usable (%s%s%s); leaving and joining "
		 "again",
		 docker_state_name(j->info.state), j->info.error[0] ? ": " : "",
		 j->info.error);
	/* A forced leave kills what the engine still knows as its own. */
	if (swarm_node_stop_orphans(j->host, d, e) ||
	    swarm_node_leave(j->host, true, d, e))
		return -1;
	return join(j, d, e);
}

int swarm_rejoin_refuse(const struct swarm_joining *j, struct err *e)
{
	const struct docker_info *info = &j->info;

	return err_set(e, ERR_REFUSED,
		       "belongs to another swarm (%s, managers %s) "
		       "than %s (%s); if it should move and the old swarm may lose "
		       "it, set from_other_swarm to leave",
		       info->cluster_id[0] ? info->cluster_id
					   : "its ID is known to "
					     "managers only",
		       info->managers[0] ? info->managers : "unknown",
		       docker_label(j->m.engine), j->m.info.cluster_id);
}

int swarm_rejoin(struct swarm_joining *j, const struct deadline *d, struct err *e)
{
	struct standing s;

	if (swarm_info_stable(j->host, &j->info, d, e))
		return -1;
	if (j->info.state == DOCKER_INACTIVE)
		return join(j, d, e);
	if (j->info.state == DOCKER_LOCKED)
		return err_set(e, ERR_LOCKED,
			       "its swarm state is locked; unlock it "
			       "there with `docker swarm unlock`");
	if (look_up(j, &s, d, e))
		return -1;
	if (j->info.state == DOCKER_ACTIVE && s.listed && !s.dropped)
		return 0;
	/* its membership may be whole, and a join anew would fail as well */
	if (swarm_why_clock(j->host, j->m.engine, j->info.error, d, e))
		return -1;
	if (s.ours || j->params->leave_other)
		return rejoin(j, d, e);
	return swarm_rejoin_refuse(j, e);
}
