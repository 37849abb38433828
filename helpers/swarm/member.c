/* SPDX-License-Identifier: MIT */
/* What is done to one node of the swarm: find, wait, demote, leave, remove. */
#include "swarm/member.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "docker/container.h"
#include "docker/event.h"
#include "docker/info.h"
#include "docker/swarm.h"
#include "net/addr.h"
#include "swarm/quorum.h"

#include <string.h>
#include <strings.h>

#define LOOK_AGAIN_MS 1000 /* an event may be missed */
#define SETTLE_MS 20000    /* until the managers agree on who is one */
/* Until a manager that has just joined or begun again is reachable: 2 s seen */
#define COMING_MS 6000
#define ASK_AGAIN_MS 250
#define POLL_MS 100        /* where the engine has no event for it */
#define PENDING_MS 15000   /* an engine tries a manager every 8 s at least */

static bool has_addr(const struct docker_node *n, const struct swarm_member_id *id)
{
	return id->addr && addr_same_ip(n->addr, id->addr);
}

static bool has_name(const struct docker_node *n, const struct swarm_member_id *id)
{
	return id->hostname && !strcasecmp(n->hostname, id->hostname);
}

static bool fits(const struct docker_node *n, const struct swarm_member_id *id)
{
	return (id->addr || id->hostname) && (!id->addr || has_addr(n, id)) &&
	       (!id->hostname || has_name(n, id));
}

/* Perhaps this machine under another name, or at another address. */
static bool is_near(const struct docker_node *n, const struct swarm_member_id *id)
{
	if (id->has_left && n->state != DOCKER_NODE_DOWN)
		return false;
	return has_addr(n, id) || has_name(n, id);
}

static const struct docker_node *by_id(const struct docker_nodes *nodes,
				       const char *node_id)
{
	for (size_t i = 0; i < nodes->count; i++)
		if (!strcmp(nodes->list[i].id, node_id))
			return &nodes->list[i];
	return NULL;
}

bool swarm_member_is_known(const struct swarm_member_id *id)
{
	return (id->node_id && *id->node_id) || id->hostname ||
	       (id->addr && addr_is_ip(id->addr));
}

static void list_candidates(const struct docker_nodes *nodes,
			    const struct swarm_member_id *id, struct err *e)
{
	struct buf b = BUF_INIT(700);

	for (size_t i = 0; i < nodes->count; i++) {
		const struct docker_node *n = &nodes->list[i];

		if ((fits(n, id) || is_near(n, id)) && b.len < 500)
			buf_addf(&b, "%s%s (%.63s, %s, %s)", b.len ? ", " : "",
				 n->id, n->hostname, n->addr,
				 docker_node_state_name(n->state));
	}
	err_set(e, ERR_REFUSED, "cannot tell which node of the swarm this machine "
		"is: %s; say which by node_id, or take that one out by hand",
		buf_str(&b));
	buf_free(&b);
}

const struct docker_node *swarm_member_find(const struct docker_nodes *nodes,
					    const struct swarm_member_id *id,
					    struct err *e)
{
	const struct docker_node *found = NULL;
	size_t fitting = 0, near = 0;

	if (id->node_id && *id->node_id)
		return by_id(nodes, id->node_id);
	if (!swarm_member_is_known(id))
		err_set(e, ERR_REFUSED, "nothing says which node of the swarm this "
			"machine is; give its node_id, or advertise_addr and name");
	for (size_t i = 0; i < nodes->count; i++) {
		if (fits(&nodes->list[i], id)) {
			found = &nodes->list[i];
			fitting++;
		} else if (is_near(&nodes->list[i], id)) {
			near++;
		}
	}
	if (fitting == 1 || (!fitting && !near))
		return found;
	list_candidates(nodes, id, e);
	return NULL;
}

bool swarm_member_is_namesake(const struct docker_node *n, const char *own_id,
			      const char *addr, const char *hostname)
{
	return strcmp(n->id, own_id) && addr_same_ip(n->addr, addr) &&
	       !strcasecmp(n->hostname, hostname);
}

static bool is_ready(const struct docker_node *n, enum docker_role role)
{
	if (n->state != DOCKER_NODE_READY || (role && n->role != role))
		return false;
	if (role == DOCKER_MANAGER)
		return n->in_raft && n->reachable;
	return !n->in_raft || !role;
}

/* Until an event or for `ms`; without events, where a server allows no stream
 * beside the requests, just that. Returns -1 when there is no time left. */
static int rest(struct docker_events **ev, int64_t ms, const struct deadline *d,
		struct err *e)
{
	if (*ev && docker_events_wait(*ev, ms, d, e) >= 0)
		return 0;
	docker_events_close(*ev);
	*ev = NULL;
	return deadline_pause(d, ms) ? err_as(e, ERR_DEADLINE) : 0;
}

int swarm_member_wait_ready(struct docker_engine *manager, const char *node_id,
			    enum docker_role role, const struct deadline *d,
			    struct err *e)
{
	struct docker_events *ev = NULL;
	struct docker_node n = { 0 };
	struct err no_events;
	int ret = -1;

	docker_events_open(&ev, manager, DOCKER_EVENT_NODE, d, &no_events);
	for (;;) {
		if (docker_node_read(manager, node_id, &n, d, e))
			break;
		if (is_ready(&n, role)) {
			ret = 0;
			break;
		}
		log_progress("waiting to be Ready: %s as %s%s",
			     docker_node_state_name(n.state), docker_role_name(n.role),
			     n.in_raft && !n.reachable ? ", not yet reachable" : "");
		if (rest(&ev, role ? POLL_MS : LOOK_AGAIN_MS, d, e)) {
			if (e->kind == ERR_DEADLINE)
				err_set(e, ERR_DEADLINE, "the swarm still sees the "
					"node %s as %s, not Ready%s%s; see dockerd's "
					"log there", docker_node_state_name(n.state),
					docker_role_name(n.role), role ? " as " : "",
					docker_role_name(role));
			break;
		}
		docker_node_free(&n);
	}
	docker_node_free(&n);
	docker_events_close(ev);
	return ret;
}

/* Whether the node has left the raft by the swarm's list and its own word. */
static int left_raft(struct docker_engine *manager, const char *node_id,
		     struct docker_engine *node, bool *left,
		     const struct deadline *d, struct err *e)
{
	struct docker_node n = { 0 };
	struct docker_info info = { .manager = false };

	*left = true;
	/* one that demotes itself cannot be asked for the list afterwards */
	if (manager != node) {
		if (docker_node_read(manager, node_id, &n, d, e))
			return -1;
		*left = !n.in_raft && n.role == DOCKER_WORKER;
		docker_node_free(&n);
	}
	if (*left && node) {
		if (docker_info(node, &info, d, e))
			return -1;
		*left = !info.manager;
	}
	return 0;
}

/* What a manager that is just stepping down answers for a moment. */
static bool passing(const struct err *e)
{
	return e->kind == ERR_NO_LEADER || e->kind == ERR_CONFLICT ||
	       e->kind == ERR_BUSY;
}

static int wait_demoted(struct docker_engine *manager, const char *node_id,
			struct docker_engine *node, const struct deadline *d,
			struct err *e)
{
	bool left = false;

	while (left_raft(manager, node_id, node, &left, d, e) || !left) {
		if (e->kind != ERR_NONE && !passing(e))
			return -1;
		e->kind = ERR_NONE;
		log_progress("demoting, waiting until it has left the managers");
		if (deadline_pause(d, POLL_MS))
			return err_set(e, ERR_DEADLINE, "still a manager after its "
				       "demotion; the other managers may have "
				       "trouble, see `docker node ls`");
	}
	return 0;
}

static int ask_quorum(struct docker_engine *manager, const char *node_id,
		      bool *may_come, const struct deadline *d, struct err *e)
{
	struct docker_nodes nodes = { 0 };
	int ret;

	*may_come = false;
	if (docker_nodes_managers(manager, &nodes, d, e))
		return -1;
	ret = swarm_quorum_allows(&nodes, node_id, e);
	if (ret)
		*may_come = swarm_quorum_may_come(&nodes, node_id);
	docker_nodes_free(&nodes);
	return ret;
}

int swarm_member_ask_quorum(struct docker_engine *manager, const char *node_id,
			    const struct deadline *d, struct err *e)
{
	struct deadline coming = deadline_within(d, COMING_MS);
	struct err refusal = { 0 }, why;
	bool may_come;

	while (ask_quorum(manager, node_id, &may_come, d, &why)) {
		/* the arithmetic says more than that time ran out meanwhile */
		if (why.kind != ERR_DEADLINE || !refusal.kind)
			refusal = why;
		if (!may_come || deadline_pause(&coming, ASK_AGAIN_MS)) {
			*e = refusal;
			return -1;
		}
		log_progress("%s; waiting, as a manager may be coming up",
			     why.msg);
	}
	return 0;
}

/* While another manager goes, the swarm counts it as unreachable for a moment
 * and refuses what the arithmetic allows. */
static int ask_to_demote(struct docker_engine *manager, const char *node_id,
			 const struct deadline *d, struct err *e)
{
	struct docker_node_params worker = { .role = DOCKER_WORKER };
	struct deadline settled = deadline_within(d, SETTLE_MS);

	while (!swarm_member_ask_quorum(manager, node_id, d, e)) {
		if (!docker_node_update(manager, node_id, &worker, NULL, d, e))
			return 0;
		if (e->kind != ERR_REFUSED ||
		    deadline_pause(&settled, LOOK_AGAIN_MS))
			return -1;
		log_progress("%s; asking again", e->msg);
	}
	return -1;
}

int swarm_member_demote(struct docker_engine *manager, const char *node_id,
			struct docker_engine *node, const struct deadline *d,
			struct err *e)
{
	if (ask_to_demote(manager, node_id, d, e))
		return -1;
	e->kind = ERR_NONE;
	return wait_demoted(manager, node_id, node, d, e);
}

int swarm_member_remove(struct docker_engine *manager, const char *node_id,
			const struct deadline *d, struct err *e)
{
	struct docker_node n = { 0 };
	int ret;

	if (docker_node_read(manager, node_id, &n, d, e))
		return e->kind == ERR_NOT_FOUND ? 0 : -1;
	ret = n.role != DOCKER_MANAGER && !n.in_raft
		      ? 0
		      : swarm_member_demote(manager, node_id, NULL, d, e);
	docker_node_free(&n);
	/* Where it has never come to the raft ("can't find manager in raft
	 * memberlist"), or is gone by now, there is nothing to demote. */
	if (ret && e->kind != ERR_NOT_FOUND)
		return -1;
	if (docker_node_remove(manager, node_id, true, d, e))
		return -1;
	if (!docker_node_read(manager, node_id, &n, d, e)) {
		docker_node_free(&n);
		return err_set(e, ERR_REFUSED, "node %s is still listed after its "
			       "removal; look at it with `docker node inspect`",
			       node_id);
	}
	return e->kind == ERR_NOT_FOUND ? 0 : -1;
}

int swarm_member_wait_settled(struct docker_engine *host,
			      struct docker_info *info,
			      const struct deadline *d, struct err *e)
{
	struct deadline soon = deadline_within(d, PENDING_MS);

	while (info->state == DOCKER_PENDING && !deadline_pause(&soon, POLL_MS)) {
		log_progress("its swarm state is pending%s%s; waiting",
			     info->error[0] ? ": " : "", info->error);
		if (docker_info(host, info, d, e))
			return -1;
	}
	return 0;
}

int swarm_member_leave(struct docker_engine *node, bool force,
		       const struct deadline *d, struct err *e)
{
	while (docker_swarm_leave(node, force, d, e)) {
		if (e->kind != ERR_NO_LEADER)
			return -1;
		log_progress("leaving, waiting until its engine has stopped its "
			     "tasks");
		if (deadline_pause(d, POLL_MS))
			return err_as(e, ERR_DEADLINE);
	}
	return 0;
}

int swarm_member_stop_orphans(struct docker_engine *host,
			      const struct deadline *d, struct err *e)
{
	struct docker_containers c;
	size_t stopped = 0;

	if (docker_containers_read(host, &c, d, e))
		return -1;
	if (!c.of_swarm)
		return 0;
	log_note("%zu containers of a swarm still run on this host, which has no "
		 "working membership; stopping them", c.of_swarm);
	if (docker_containers_stop_swarm(host, &stopped, d, e))
		return err_wrap(e, "%zu of %zu containers that run on of a swarm are "
				"stopped", stopped, c.of_swarm);
	return 0;
}
