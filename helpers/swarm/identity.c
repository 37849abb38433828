/* SPDX-License-Identifier: MIT */
/* Compares the host that answers with the node that was meant. */
#include "swarm/identity.h"

#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/timing.h"
#include "net/addr.h"
#include "swarm/node_match.h"
#include "swarm/rejoin.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define ASIDE_MAX 500 /* bytes of a message that name candidates */

static bool name_differs(const struct swarm_node_id *asked,
			 const struct docker_info *info)
{
	return asked->hostname && info->hostname[0] &&
	       strcasecmp(asked->hostname, info->hostname);
}

static bool addr_differs(const struct swarm_node_id *asked,
			 const struct docker_info *info)
{
	const char *own = info->node_addr;

	return asked->addr && addr_is_ip(asked->addr) && addr_is_ip(own) &&
	       !addr_same_ip(own, "0.0.0.0") && !addr_same_ip(own, "::") &&
	       !addr_same_ip(own, asked->addr);
}

static int refuse_other(const struct swarm_node_id *asked, const struct docker_info *info,
			struct err *e)
{
	return err_set(e, ERR_REFUSED,
		       "the host that answers is %.63s at %s (node "
		       "%s), not %.63s at %s; correct host, name or "
		       "advertise_addr",
		       info->hostname, info->node_addr,
		       info->node_id[0] ? info->node_id : "without an ID",
		       asked->hostname, asked->addr);
}

int swarm_identity_check(const struct swarm_node_id *asked,
			 const struct docker_info *info, struct err *e)
{
	if (asked->node_id && *asked->node_id) {
		if (!info->node_id[0] || !strcmp(asked->node_id, info->node_id))
			return 0;
		return err_set(e, ERR_REFUSED,
			       "the host is node %s, not node %s; "
			       "give the node_id that it has, or none",
			       info->node_id, asked->node_id);
	}
	if (name_differs(asked, info) && addr_differs(asked, info))
		return refuse_other(asked, info, e);
	return 0;
}

int swarm_identity_check_addr(const struct swarm_node_id *asked,
			      const struct docker_info *info, struct err *e)
{
	if (swarm_identity_check(asked, info, e))
		return -1;
	if (!addr_differs(asked, info))
		return 0;
	return err_set(e, ERR_REFUSED,
		       "it is in the swarm at %s, not at %s as asked, "
		       "and an engine keeps the address that it joined with, so that "
		       "overlay networks would not reach it; take it out with "
		       "drain-and-remove and let it join again (a copy of another "
		       "node: `docker swarm leave` there)",
		       info->node_addr, asked->addr);
}

/* Another entry than the host's own that has what differs. */
static bool is_others(const struct docker_node *n, const struct swarm_node_id *asked,
		      const struct docker_info *info, bool alive)
{
	if (!strcmp(n->id, info->node_id) || (alive && n->state == DOCKER_NODE_DOWN))
		return false;
	return (name_differs(asked, info) && !strcasecmp(n->hostname, asked->hostname)) ||
	       (addr_differs(asked, info) && addr_same_ip(n->addr, asked->addr));
}

static enum swarm_identity say_what_differs(const struct swarm_node_id *asked,
					    const struct docker_info *info, struct err *e)
{
	if (name_differs(asked, info))
		err_set(e, ERR_REFUSED,
			"its hostname is %.63s, not %.63s: once the "
			"machine is gone, it is found by its own hostname only",
			info->hostname, asked->hostname);
	else if (addr_differs(asked, info))
		err_set(e, ERR_REFUSED, "it is in the swarm at %s, not at %s",
			info->node_addr, asked->addr);
	else
		return SWARM_IS_AS_ASKED;
	return SWARM_IS_NOT_AS_ASKED;
}

enum swarm_identity swarm_identity_compare(const struct swarm_node_id *asked,
					   const struct docker_info *info,
					   const struct docker_nodes *nodes, bool alive,
					   struct err *e)
{
	struct buf b = BUF_INIT(700);

	for (size_t i = 0; i < nodes->count; i++) {
		const struct docker_node *n = &nodes->list[i];

		if (is_others(n, asked, info, alive) && b.len < ASIDE_MAX)
			buf_addf(&b, "%s%s (%.63s, %s, %s)", b.len ? ", " : "", n->id,
				 n->hostname, n->addr, docker_node_state_name(n->state));
	}
	if (!b.len)
		return say_what_differs(asked, info, e);
	err_set(e, ERR_REFUSED,
		"the host that answers is %.63s%s%s, and what was "
		"asked for is another node's: %s; correct host, name or "
		"advertise_addr, or take the other one out",
		info->hostname, info->node_addr[0] ? " at " : "", info->node_addr,
		buf_str(&b));
	buf_free(&b);
	return SWARM_IS_ANOTHER;
}

/* `nodes` are freed. */
static int compare(const struct swarm_node_id *asked, const struct docker_info *info,
		   struct docker_nodes *nodes, bool alive, struct err *e)
{
	struct err why;
	enum swarm_identity is = swarm_identity_compare(asked, info, nodes, alive, &why);

	docker_nodes_free(nodes);
	if (is == SWARM_IS_NOT_AS_ASKED)
		log_warn("%s", why.msg);
	if (is != SWARM_IS_ANOTHER)
		return 0;
	*e = why;
	return -1;
}

int swarm_identity_may_join(const struct swarm_node_id *asked,
			    const struct docker_info *info, struct docker_engine *manager,
			    const struct deadline *d, struct err *e)
{
	struct docker_nodes nodes = { 0 };

	if (!name_differs(asked, info))
		return 0;
	if (docker_nodes_named(manager, asked->hostname, &nodes, d, e))
		return -1;
	return compare(asked, info, &nodes, true, e);
}

static int refuse_swarm(const struct docker_info *info, const struct docker_info *of,
			struct err *e)
{
	return err_set(e, ERR_REFUSED,
		       "belongs to another swarm (%s) than the "
		       "managers that were asked (%s); name managers of its own "
		       "swarm, or correct host",
		       info->cluster_id[0] ? info->cluster_id : info->managers,
		       of->cluster_id);
}

/* An entry that was removed by hand decides nothing; a manager in common does. */
int swarm_identity_check_swarm(const struct docker_info *info,
			       struct docker_engine *manager,
			       const struct docker_info *of, const struct deadline *d,
			       struct err *e)
{
	struct docker_node n = { 0 };
	struct err why;

	if (info->cluster_id[0]) {
		if (!strcmp(info->cluster_id, of->cluster_id))
			return 0;
		return refuse_swarm(info, of, e);
	}
	if (!info->node_id[0]) /* it is a member of none that it knows of */
		return 0;
	if (!docker_node_read(manager, info->node_id, &n, d, &why)) {
		docker_node_free(&n);
		return 0;
	}
	if (why.kind != ERR_NOT_FOUND) {
		*e = why;
		return -1;
	}
	if (info->managers[0] &&
	    !swarm_rejoin_same_managers(info->managers, of->managers))
		return refuse_swarm(info, of, e);
	return 0;
}

int swarm_identity_may_leave(const struct swarm_node_id *asked,
			     const struct docker_info *info,
			     struct docker_engine *manager, const struct docker_info *of,
			     const struct deadline *d, struct err *e)
{
	struct docker_nodes nodes = { 0 };

	if (swarm_identity_check_swarm(info, manager, of, d, e))
		return -1;
	if (asked->node_id && *asked->node_id)
		return 0;
	if (swarm_identity_is_one(info, addr_differs(asked, info), manager, d, e))
		return -1;
	if (!name_differs(asked, info) && !addr_differs(asked, info))
		return 0;
	if (docker_nodes_list(manager, &nodes, d, e))
		return -1;
	return compare(asked, info, &nodes, false, e);
}

static int refuse_copy(const struct docker_info *info, const struct docker_node *n,
		       struct err *e)
{
	return err_set(e, ERR_REFUSED,
		       "two machines go by the ID %s: the swarm sees "
		       "%.63s at %s, and the host that answers is %.63s; on the one "
		       "that is a copy run `docker swarm leave`, and let it join "
		       "again",
		       info->node_id, n->hostname, n->addr, info->hostname);
}

int swarm_identity_is_one(const struct docker_info *info, bool doubt,
			  struct docker_engine *manager, const struct deadline *d,
			  struct err *e)
{
	struct deadline until = deadline_within(d, TIMING_SAME_ID_MS);
	struct docker_node n = { 0 };
	bool own = false, now;
	char addr[64] = "";
	struct err why;

	while (!docker_node_read(manager, info->node_id, &n, d, &why)) {
		docker_node_free(&n); /* its texts stay */
		now = !n.hostname[0] || !strcasecmp(n.hostname, info->hostname);
		if ((own && !now) || (*addr && strcmp(addr, n.addr)))
			return refuse_copy(info, &n, e);
		if (now && !doubt)
			return 0;
		doubt = true;
		own = now;
		snprintf(addr, sizeof(addr), "%s", n.addr);
		log_progress("watching whether another machine goes by its ID: the "
			     "swarm sees %.63s at %s",
			     n.hostname, n.addr);
		if (deadline_pause(&until, TIMING_RETRY_MS))
			return own ? 0 : refuse_copy(info, &n, e);
	}
	if (why.kind == ERR_NOT_FOUND)
		return 0;
	*e = why;
	return -1;
}

enum swarm_match swarm_identity_find(const struct docker_nodes *nodes,
				     const struct swarm_node_id *asked,
				     const struct docker_info *info,
				     const struct docker_node **found, struct err *e)
{
	struct swarm_node_id own = *asked;
	enum swarm_match by_asked = swarm_node_match(nodes, asked, found, e);
	enum swarm_match by_name;
	struct err why;

	if (by_asked == SWARM_MATCH_ONE || !info->hostname[0])
		return by_asked;
	own.hostname = info->hostname;
	if (own.addr && !addr_is_ip(own.addr))
		own.addr = NULL;
	by_name = swarm_node_match(nodes, &own, found, &why);
	if (by_name == SWARM_MATCH_ONE)
		return by_name;
	if (swarm_node_is_known(asked))
		return by_asked;
	if (by_name == SWARM_MATCH_UNCLEAR)
		*e = why;
	return by_name;
}
