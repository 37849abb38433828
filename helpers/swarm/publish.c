/* SPDX-License-Identifier: MIT */
/* Writes into a store what a manager says of its swarm, and takes it out of there. */
#include "swarm/publish.h"

#include "base/err.h"
#include "docker/node.h"
#include "docker/swarm.h"
#include "swarm/manager.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_address(const void *a, const void *b)
{
	const struct docker_node *one = a, *other = b;

	return strcmp(one->manager_addr, other->manager_addr);
}

/* One that is being demoted has left the raft before long. */
static bool is_manager(const struct docker_node *n)
{
	return n->role == DOCKER_MANAGER && n->in_raft && *n->manager_addr &&
	       strncmp(n->manager_addr, "0.0.0.0:", 8) != 0;
}

/* Whether one answers just now is for who joins to find out. In an order that does not
 * change, so that nothing is written when nothing has. */
static int list_managers(struct docker_nodes *nodes, char *out, size_t size,
			 struct err *e)
{
	size_t n = 0;

	qsort(nodes->list, nodes->count, sizeof(*nodes->list), by_address);
	for (size_t i = 0; i < nodes->count && n < size; i++)
		if (is_manager(&nodes->list[i]))
			n += (size_t)snprintf(out + n, size - n, "%s%s", n ? "," : "",
					      nodes->list[i].manager_addr);
	if (n >= size)
		return err_set(e, ERR_REFUSED,
			       "the addresses of its managers have no room in a store: "
			       "there are %zu",
			       nodes->count);
	return n ? 0
		 : err_set(e, ERR_REFUSED,
			   "the swarm does not tell the address of any manager");
}

/* What the manager says of its swarm; the caller wipes *entry. */
static int ask(struct docker_engine *manager, bool manager_token,
	       struct store_entry *entry, const struct deadline *d, struct err *e)
{
	struct docker_swarm swarm = { 0 };
	struct docker_nodes nodes = { 0 };
	int ret = -1;

	if (docker_swarm_read(manager, &swarm, d, e) ||
	    docker_nodes_managers(manager, &nodes, d, e))
		goto out;
	ret = list_managers(&nodes, entry->managers, sizeof(entry->managers), e);
	docker_nodes_free(&nodes);
	entry->found = true;
	snprintf(entry->cluster_id, sizeof(entry->cluster_id), "%s", swarm.id);
	snprintf(entry->token[STORE_WORKER], sizeof(entry->token[0]), "%s",
		 swarm.worker_token);
	if (manager_token)
		snprintf(entry->token[STORE_MANAGER], sizeof(entry->token[0]), "%s",
			 swarm.manager_token);
out:
	docker_swarm_wipe(&swarm);
	return ret;
}

int swarm_publish(const struct swarm_publish_params *p, struct swarm_published *out,
		  const struct deadline *d, struct err *e)
{
	struct store_entry entry = { 0 };
	struct swarm_manager m = { 0 };
	int ret = -1;

	*out = (struct swarm_published){ 0 };
	if (swarm_manager_find(&m, &p->managers, NULL, SWARM_MANAGER_PATIENT, d, e) ||
	    ask(m.engine, p->manager_token, &entry, d, e))
		goto out;
	snprintf(out->cluster_id, sizeof(out->cluster_id), "%s", entry.cluster_id);
	snprintf(out->managers, sizeof(out->managers), "%s", entry.managers);
	ret = store_write(p->store, &entry, &out->outcome, d, e);
out:
	store_entry_wipe(&entry);
	docker_close(m.engine);
	return ret;
}

int swarm_unpublish(const struct swarm_publish_params *p, const char *cluster_id,
		    struct swarm_published *out, const struct deadline *d, struct err *e)
{
	struct swarm_manager m = { 0 };
	int ret = -1;

	*out = (struct swarm_published){ 0 };
	if (!cluster_id &&
	    swarm_manager_find(&m, &p->managers, NULL, SWARM_MANAGER, d, e))
		return -1;
	snprintf(out->cluster_id, sizeof(out->cluster_id), "%s",
		 cluster_id ? cluster_id : m.info.cluster_id);
	ret = store_remove(p->store, out->cluster_id, &out->outcome, d, e);
	docker_close(m.engine);
	return ret;
}
