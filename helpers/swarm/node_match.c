/* SPDX-License-Identifier: MIT */
/* Finds the entry of a machine in the swarm's list of nodes. */
#include "swarm/node_match.h"

#include "base/buf.h"
#include "base/err.h"
#include "net/addr.h"

#include <string.h>
#include <strings.h>

static bool has_addr(const struct docker_node *n, const struct swarm_node_id *id)
{
	return id->addr && addr_same_ip(n->addr, id->addr);
}

static bool has_name(const struct docker_node *n, const struct swarm_node_id *id)
{
	return id->hostname && !strcasecmp(n->hostname, id->hostname);
}

static bool fits(const struct docker_node *n, const struct swarm_node_id *id)
{
	return (id->addr || id->hostname) && (!id->addr || has_addr(n, id)) &&
	       (!id->hostname || has_name(n, id));
}

/* "w3" of "w3.example.com" */
static bool is_first_label(const char *label, const char *name)
{
	size_t n = strlen(label);

	return n && !strncasecmp(label, name, n) && name[n] == '.';
}

/* The name with or without a domain: where no address was given that could tell. */
static bool has_near_name(const struct docker_node *n, const struct swarm_node_id *id)
{
	return id->hostname && !(id->addr && addr_is_ip(id->addr)) &&
	       (is_first_label(n->hostname, id->hostname) ||
		is_first_label(id->hostname, n->hostname));
}

/* Perhaps this machine under another name, or at another address. */
static bool is_near(const struct docker_node *n, const struct swarm_node_id *id)
{
	if (id->has_left && n->state != DOCKER_NODE_DOWN)
		return false;
	return has_addr(n, id) || has_name(n, id) || has_near_name(n, id);
}

bool swarm_node_is_known(const struct swarm_node_id *id)
{
	return (id->node_id && *id->node_id) || id->hostname ||
	       (id->addr && addr_is_ip(id->addr));
}

static void list_candidates(const struct docker_nodes *nodes,
			    const struct swarm_node_id *id, struct err *e)
{
	struct buf b = BUF_INIT(700);

	for (size_t i = 0; i < nodes->count; i++) {
		const struct docker_node *n = &nodes->list[i];

		if ((fits(n, id) || is_near(n, id)) && b.len < 500)
			buf_addf(&b, "%s%s (%.63s, %s, %s)", b.len ? ", " : "", n->id,
				 n->hostname, n->addr, docker_node_state_name(n->state));
	}
	err_set(e, ERR_REFUSED,
		"cannot tell which node of the swarm this machine "
		"is: %s; say which by node_id, or take that one out by hand",
		buf_str(&b));
	buf_free(&b);
}

/* The last of those that fit; how many do, and how many are near. */
static const struct docker_node *count(const struct docker_nodes *nodes,
				       const struct swarm_node_id *id, size_t *fitting,
				       size_t *near)
{
	const struct docker_node *found = NULL;

	for (size_t i = 0; i < nodes->count; i++) {
		if (fits(&nodes->list[i], id)) {
			found = &nodes->list[i];
			++*fitting;
		} else if (is_near(&nodes->list[i], id)) {
			++*near;
		}
	}
	return found;
}

enum swarm_match swarm_node_match(const struct docker_nodes *nodes,
				  const struct swarm_node_id *id,
				  const struct docker_node **found, struct err *e)
{
	const struct docker_node *last;
	size_t fitting = 0, near = 0;

	*found = NULL;
	if (id->node_id && *id->node_id) {
		*found = docker_nodes_find(nodes, id->node_id);
		return *found ? SWARM_MATCH_ONE : SWARM_MATCH_NONE;
	}
	if (!swarm_node_is_known(id)) {
		err_set(e, ERR_REFUSED,
			"nothing says which node of the swarm this "
			"machine is; give its node_id, or advertise_addr and name");
		return SWARM_MATCH_UNCLEAR;
	}
	last = count(nodes, id, &fitting, &near);
	if (!fitting && !near)
		return SWARM_MATCH_NONE;
	if (fitting != 1) {
		list_candidates(nodes, id, e);
		return SWARM_MATCH_UNCLEAR;
	}
	*found = last;
	return SWARM_MATCH_ONE;
}

bool swarm_node_is_namesake(const struct docker_node *n, const char *own_id,
			    const char *addr, const char *hostname)
{
	return strcmp(n->id, own_id) && addr_same_ip(n->addr, addr) &&
	       !strcasecmp(n->hostname, hostname);
}
