/* SPDX-License-Identifier: MIT */
/* Removes entries that an interrupted join left in the node list. */
#include "swarm/stale_node.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "swarm/node_demote.h"
#include "swarm/timing.h"

#include <string.h>

bool swarm_stale_node_may_be(const struct docker_node *n, const char *own_id,
			const char *addr)
{
	return !*n->hostname && strcmp(n->id, own_id) &&
	       n->state != DOCKER_NODE_READY &&
	       (!*n->addr || !strcmp(n->addr, addr));
}

static bool has(const struct docker_nodes *nodes, const char *id)
{
	for (size_t i = 0; i < nodes->count; i++)
		if (!strcmp(nodes->list[i].id, id))
			return true;
	return false;
}

/* Leaves in the list only what may be one and, after the first look, was one
 * before: what `own` left behind was there when it had joined. */
static void sift(struct docker_nodes *nodes, const struct docker_node *own,
		 const struct docker_nodes *before)
{
	size_t kept = 0;

	for (size_t i = 0; i < nodes->count; i++) {
		struct docker_node *n = &nodes->list[i];

		if (swarm_stale_node_may_be(n, own->id, own->addr) &&
		    (!before || has(before, n->id)))
			nodes->list[kept++] = *n;
		else
			docker_node_free(n);
	}
	nodes->count = kept;
}

static int look(struct docker_engine *manager, const struct docker_node *own,
		bool all, struct docker_nodes *seen, bool first,
		const struct deadline *d, struct err *e)
{
	struct docker_nodes now = { 0 };

	if (all ? docker_nodes_list(manager, &now, d, e)
		: docker_nodes_managers(manager, &now, d, e))
		return -1;
	sift(&now, own, first ? NULL : seen);
	docker_nodes_free(seen);
	*seen = now;
	return 0;
}

static int remove_all(struct docker_engine *manager,
		      const struct docker_nodes *nodes,
		      const struct deadline *d, struct err *e)
{
	for (size_t i = 0; i < nodes->count; i++) {
		log_note("removing the entry %s, which has no name: a join that "
			 "was cut off left it behind", nodes->list[i].id);
		if (swarm_node_remove(manager, nodes->list[i].id, d, e))
			return -1;
	}
	return 0;
}

/* What comes after the watch needs time, too. */
static bool has_time(const struct docker_nodes *seen, int64_t watch_ms,
		     const struct deadline *d)
{
	if (deadline_left_ms(d) >= watch_ms + TIMING_BRIEFLY_MS)
		return true;
	log_warn("the entry %s has no name, and there is no time to see whether "
		 "a node joins; if none does, remove it with `docker node rm "
		 "--force`", seen->list[0].id);
	return false;
}

/* Nodes begin sessions only while the swarm takes writes, and a leader that waits
 * for a manager that has just been let into the raft goes on answering what is
 * read. *since: when the watch began, or the last time that it took none. */
static int write_through(struct docker_engine *manager,
			 const struct docker_node *own, int64_t *since,
			 const struct deadline *d, struct err *e)
{
	int64_t began = deadline_now_ms();

	if (docker_node_rewrite(manager, own->id, d, e))
		return -1;
	if (deadline_now_ms() - began > TIMING_STALL_MS)
		*since = deadline_now_ms();
	return 0;
}

static int watch(struct docker_engine *manager, const struct docker_node *own,
		 bool all, int64_t watch_ms, const struct deadline *d,
		 struct err *e)
{
	struct docker_nodes seen = { 0 };
	int ret = look(manager, own, all, &seen, true, d, e);
	int64_t since = deadline_now_ms();

	if (ret || !seen.count || !has_time(&seen, watch_ms, d))
		goto out;
	while (!ret && seen.count && deadline_now_ms() - since < watch_ms) {
		log_progress("watching the entry %s, which has no name: it is a "
			     "node that joins, or what a join left behind",
			     seen.list[0].id);
		if (deadline_pause(d, TIMING_MANAGER_MS))
			goto out;
		ret = write_through(manager, own, &since, d, e);
		if (!ret)
			ret = look(manager, own, all, &seen, false, d, e);
	}
	if (!ret)
		ret = remove_all(manager, &seen, d, e);
out:
	docker_nodes_free(&seen);
	return ret;
}

int swarm_stale_node_remove(struct docker_engine *manager, const char *own_id,
		       bool all, int64_t watch_ms, const struct deadline *d,
		       struct err *e)
{
	struct docker_node own = { 0 };
	int ret;

	if (docker_node_read(manager, own_id, &own, d, e))
		return -1;
	ret = watch(manager, &own, all, watch_ms, d, e);
	docker_node_free(&own);
	return ret;
}
