/* SPDX-License-Identifier: MIT */
/* Makes sure that a host is in the swarm as wanted. */
#include "swarm/join.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/retry.h"
#include "base/timing.h"
#include "docker/info.h"
#include "docker/node.h"
#include "docker/swarm.h"
#include "swarm/exchange.h"
#include "swarm/node_demote.h"
#include "swarm/node_match.h"
#include "swarm/node_wait.h"
#include "swarm/raft_sync.h"
#include "swarm/rejoin.h"
#include "swarm/stale_node.h"
#include "swarm/identity.h"
#include "swarm/manager.h"
#include "swarm/teardown_marker.h"

#include <stdio.h>
#include <string.h>

/* Errors that begin with as many equal bytes have the same reason. */
#define SAME 30

static int same_swarm(const struct swarm_joining *j, struct err *e)
{
	if (!strcmp(j->info.cluster_id, j->m.info.cluster_id))
		return 0;
	return swarm_rejoin_refuse(j, e);
}

/* A host that is a working manager can serve as the manager asked, unless
 * another one answers and is of another swarm. */
static int confirm_manager(const struct swarm_joining *j, const struct err *none,
			   struct err *e)
{
	if (!j->m.engine) {
		if (err_is(none, ERR_NOT_TRUSTED))
			log_warn("no other manager could be asked: %s", none->msg);
		return 0;
	}
	return j->params->leave_other ? 0 : same_swarm(j, e);
}

/* `managers` names only the host, which is no manager that could be asked now. An error
 * of its engine may pass once other managers are back. */
static int nobody_to_ask(const struct docker_info *host, struct err *e)
{
	static const struct {
		enum err_kind kind;
		const char *is, *then;
	} said[] = {
		[DOCKER_INACTIVE] = { ERR_REFUSED, "in no swarm",
				      "join; run init-swarm "
				      "first, or name a manager" },
		[DOCKER_PENDING] = { ERR_BUSY, "its swarm state is pending",
				     "ask; "
				     "bring the other managers of its swarm back, or "
				     "name one" },
		[DOCKER_ACTIVE] = { ERR_NO_LEADER, "its swarm has no leader",
				    "ask; "
				    "bring the other managers of its swarm back, or "
				    "name one" },
		[DOCKER_ERROR] = { ERR_REFUSED, "its swarm state is error",
				   "ask; name "
				   "a manager, or give that state up there with "
				   "`docker swarm leave --force`" },
		[DOCKER_LOCKED] = { ERR_LOCKED, "its swarm is locked",
				    "ask; unlock it "
				    "there with `docker swarm unlock`, or name one" },
	};

	return err_set(e, said[host->state].kind,
		       "%s%s%s%s, and `managers` names no "
		       "other host to %s",
		       said[host->state].is, host->error[0] ? " (" : "", host->error,
		       host->error[0] ? ")" : "", said[host->state].then);
}

static int find_manager(struct swarm_joining *j, const struct deadline *d, struct err *e)
{
	if (j->info.state == DOCKER_ACTIVE && !j->info.manager)
		return swarm_exchange_find(j->params, &j->info, &j->m, d, e);
	if (!swarm_manager_find(&j->m, &j->params->managers, j->params->host,
				SWARM_MANAGER_PATIENT, d, e))
		return 0;
	return e->kind == ERR_NOT_FOUND ? nobody_to_ask(&j->info, e) : -1;
}

/* Connects to the host and to a manager side by side: each connection takes
 * longer than all that is asked over it. j->m.engine stays NULL when the host
 * is a manager and no other one answers. */
static int connect_both(struct swarm_joining *j, const struct deadline *d, struct err *e)
{
	struct deadline soon = deadline_within(d, TIMING_BRIEFLY_MS);
	struct err none = { 0 }, not_one;
	struct swarm_connect *c;

	if (swarm_connect_start(&c, j->params->host, SWARM_ANY_ENGINE, d, e))
		return -1;
	swarm_manager_find(&j->m, &j->params->managers, j->params->host, SWARM_MANAGER,
			   &soon, &none);
	if (swarm_connect_finish(c, &j->host, &j->info, e))
		return -1;
	if (!swarm_connect_is_manager(docker_label(j->host), &j->info, &not_one))
		return confirm_manager(j, &none, e);
	return j->m.engine ? 0 : find_manager(j, d, e);
}

static int demote(struct swarm_joining *j, const struct deadline *d, struct err *e)
{
	struct docker_engine *manager = j->lease.manager;

	if (swarm_exchange_wait(j->params, manager, j->info.node_id, d, e))
		return -1;
	return swarm_node_demote(manager, j->info.node_id, j->host, d, e);
}

static int promote(struct swarm_joining *j, const struct deadline *d, struct err *e)
{
	struct docker_node_params manager = { .role = DOCKER_MANAGER };

	if (swarm_join_lease_acquire(&j->lease, TIMING_JOIN_LEASE_MS, d, e))
		return -1;
	return docker_node_update(j->lease.manager, j->info.node_id, &manager, d, e);
}

static int set_role(struct swarm_joining *j, const struct deadline *d, struct err *e)
{
	enum docker_role role = j->params->role;
	struct docker_node n = { 0 };
	bool differs;

	if (docker_node_read(j->lease.manager, j->info.node_id, &n, d, e))
		return -1;
	differs = n.role != role;
	docker_node_free(&n);
	if (!differs)
		return 0;
	log_note("changing its role to %s", docker_role_name(role));
	return role == DOCKER_WORKER ? demote(j, d, e) : promote(j, d, e);
}

/* Releases the join lease once the new manager has the raft's log. */
static int finish_lease(struct swarm_joining *j, const struct deadline *d, struct err *e)
{
	bool held = false;

	if (j->params->role != DOCKER_MANAGER)
		return 0;
	if (swarm_join_lease_held(&j->lease, &held, d, e))
		return -1;
	if (!held)
		return 0;
	if (swarm_raft_sync(j->lease.manager, j->host, j->info.node_id, &j->lease, d, e))
		return -1;
	return swarm_join_lease_release(&j->lease, d, e);
}

/* An entry that this host may have left behind */
struct stale {
	char id[32]; /* "": there is none */
	enum docker_node_state state;
};

/* Removes what this host left behind under older node IDs and the swarm sees as
 * Down. *waiting: one of them that is not Down yet. */
static int remove_stale_once(struct docker_engine *manager, const char *node_id,
			     struct stale *waiting, const struct deadline *d,
			     struct err *e)
{
	struct docker_nodes nodes = { 0 };
	struct docker_node own = { 0 };
	int ret = -1;

	*waiting = (struct stale){ 0 };
	if (docker_node_read(manager, node_id, &own, d, e) ||
	    docker_nodes_named(manager, own.hostname, &nodes, d, e))
		goto out;
	for (size_t i = 0; i < nodes.count; i++) {
		const struct docker_node *n = &nodes.list[i];

		if (!swarm_node_is_namesake(n, node_id, own.addr, own.hostname))
			continue;
		if (n->state != DOCKER_NODE_DOWN) {
			snprintf(waiting->id, sizeof(waiting->id), "%s", n->id);
			waiting->state = n->state;
			continue;
		}
		log_note("removing the entry %s that this host left behind", n->id);
		if (swarm_node_remove(manager, n->id, d, e))
			goto out;
	}
	ret = 0;
out:
	docker_nodes_free(&nodes);
	docker_node_free(&own);
	return ret;
}

/* A host that has just lost its old state is still seen Ready under its old ID
 * for some 15 s. Two machines behind one address may also share a name; theirs
 * stays. */
static int remove_stale(struct docker_engine *manager, const char *node_id,
			const struct deadline *d, struct err *e)
{
	struct deadline down = deadline_within(d, TIMING_DOWN_MS);
	struct deadline unknown = deadline_within(d, TIMING_UNKNOWN_MS);
	struct stale waiting;

	while (!remove_stale_once(manager, node_id, &waiting, d, e)) {
		if (!*waiting.id)
			return 0;
		log_progress("waiting until the swarm sees the entry %s, which has "
			     "this host's name and address, as Down",
			     waiting.id);
		if (deadline_pause(waiting.state == DOCKER_NODE_UNKNOWN ? &unknown
									: &down,
				   TIMING_RETRY_MS)) {
			log_warn("the node %s has this host's name and address and is "
				 "not Down; if it is none, remove it with `docker "
				 "node rm --force`",
				 waiting.id);
			return 0;
		}
	}
	return -1;
}

/* A manager that has just started knows the state of no node yet. */
static int read_ready(struct swarm_joining *j, struct docker_node *n,
		      const struct deadline *d, struct err *e)
{
	struct docker_engine *manager = j->lease.manager;
	const char *id = j->info.node_id;

	if (docker_node_read(manager, id, n, d, e))
		return -1;
	if (n->state == DOCKER_NODE_READY)
		return 0;
	docker_node_free(n);
	if (swarm_node_wait_ready(manager, id, j->params->role, d, e))
		return -1;
	return docker_node_read(manager, id, n, d, e);
}

/* A worker gets the whole list, so it is read only after a try that has failed. */
static int remove_stale_node(struct swarm_joining *j, const struct deadline *d,
			     struct err *e)
{
	if (j->params->role != DOCKER_MANAGER && !j->retried)
		return 0;
	return swarm_stale_node_remove(j->lease.manager, j->info.node_id, j->retried,
				       TIMING_STALE_NODE_MS, d, e);
}

static int make_as_wanted(struct swarm_joining *j, struct swarm_joined *out,
			  const struct deadline *d, struct err *e)
{
	struct docker_engine *manager = j->lease.manager;
	const char *id = j->info.node_id;
	struct docker_node_params spec = {
		.availability = j->params->availability,
		.labels = j->params->labels,
	};
	struct deadline soon = deadline_within(d, TIMING_READY_MS);
	struct docker_node n = { 0 };

	if (swarm_teardown_marker_clear(manager, d, e) || set_role(j, d, e) ||
	    docker_node_update(manager, id, &spec, d, e) ||
	    swarm_node_wait_ready(manager, id, j->params->role, &soon, e) ||
	    finish_lease(j, d, e) || remove_stale(manager, id, d, e) ||
	    remove_stale_node(j, d, e) || read_ready(j, &n, d, e))
		return -1;
	snprintf(out->node_id, sizeof(out->node_id), "%s", n.id);
	out->role = n.role;
	out->state = n.state;
	docker_node_free(&n);
	return 0;
}

/* What another try may help against: besides what is transient, a node that does
 * not become Ready because its engine has given up, and a manager that was one
 * when it was chosen. */
#define MAY_PASS (ERR_TRANSIENT | ERR_KIND(ERR_DEADLINE) | ERR_KIND(ERR_NOT_MANAGER))

static struct swarm_node_id asked_of(const struct swarm_join_params *params)
{
	return (struct swarm_node_id){ .addr = params->advertise_addr,
				       .hostname = params->hostname };
}

/* Before anything is touched. A host that may leave another swarm may have had
 * another address there. */
static int check_identity(struct swarm_joining *j, const struct deadline *d,
			  struct err *e)
{
	struct swarm_node_id asked = asked_of(j->params);

	if (!j->params->leave_other && swarm_identity_check(&asked, &j->info, e))
		return -1;
	return swarm_identity_may_join(&asked, &j->info, j->lease.manager, d, e);
}

/* One that was in the swarm already has kept its address, and, as a copy of another
 * machine, that one's ID. */
static int check_node(struct swarm_joining *j, const struct deadline *d, struct err *e)
{
	struct swarm_node_id asked = asked_of(j->params);

	if (swarm_identity_check_addr(&asked, &j->info, e))
		return -1;
	return swarm_identity_is_one(&j->info, false, j->lease.manager, d, e);
}

static int join_connected(struct swarm_joining *j, struct swarm_joined *out,
			  const struct deadline *d, struct err *e)
{
	if (check_identity(j, d, e))
		return -1;
	if (j->m.engine && swarm_rejoin(j, d, e))
		return -1;
	if (check_node(j, d, e))
		return -1;
	return make_as_wanted(j, out, d, e);
}

static int join_once(const struct swarm_join_params *params, bool retried,
		     struct swarm_joined *out, const struct deadline *d, struct err *e)
{
	struct swarm_joining j = { .params = params, .retried = retried };
	struct err ignored;
	int ret = -1;

	if (connect_both(&j, d, e))
		goto out;
	j.lease.manager = j.m.engine ? j.m.engine : j.host;
	j.lease.who = docker_label(j.host);
	ret = join_connected(&j, out, d, e);
	/* The others must not wait for a host that was refused. */
	if (ret && j.lease.mine && !err_is(e, MAY_PASS))
		swarm_join_lease_release(&j.lease, d, &ignored);
out:
	docker_close(j.m.engine);
	docker_close(j.host);
	return ret;
}

/* The error of the tries before tells more than the deadline, whether that passed in
 * a try or between two: the run ends with that error and its kind. */
static int keep_reason(const struct err *before, struct err *e)
{
	struct err now = *e;

	if (e->kind != ERR_DEADLINE || !before->kind ||
	    !strncmp(before->msg, now.msg, SAME))
		return -1;
	return err_set(e, before->kind, "%s; and in the end: %.300s", before->msg,
		       now.msg);
}

int swarm_join(const struct swarm_join_params *params, struct swarm_joined *out,
	       const struct deadline *d, struct err *e)
{
	struct retry retry = {
		.every_ms = TIMING_RETRY_MS,
		.until = *d,
		.may = MAY_PASS,
	};
	struct err before = { 0 };
	bool retried = false;

	/* The next try finds what this one has done. */
	while (join_once(params, retried, out, d, e)) {
		if (!retry_anew(&retry, e))
			return keep_reason(&before, e);
		before = *e;
		retried = true;
	}
	return 0;
}
