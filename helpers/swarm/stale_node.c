/* SPDX-License-Identifier: MIT */
/* Removes entries that an interrupted join left in the node list. */
#include "swarm/stale_node.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/timing.h"
#include "swarm/node_demote.h"

#include <string.h>

bool swarm_stale_node_may_be(const struct docker_node *n, const char *own_id,
			     const char *addr)
{
	return !*n->hostname && strcmp(n->id, own_id) && n->state != DOCKER_NODE_READY &&
	       (!*n->addr || !strcmp(n->addr, addr));
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
		    (!before || docker_nodes_find(before, n->id)))
			nodes->list[kept++] = *n;
		else
			docker_node_free(n);
	}
	nodes->count = kept;
}

/* A watch over the entries without a name. */
struct watch {
	struct docker_engine *manager;
	struct docker_node own;   /* the host's */
	bool all;                 /* not managers only */
	struct docker_nodes seen; /* each time */
	int64_t ms;               /* how long */
	int64_t since;            /* when it began, or the last time that the
				   * swarm took no writes */
};

static int look(struct watch *w, const struct docker_nodes *before,
		const struct deadline *d, struct err *e)
{
	struct docker_nodes now = { 0 };

	if (w->all ? docker_nodes_list(w->manager, &now, d, e)
		   : docker_nodes_managers(w->manager, &now, d, e))
		return -1;
	sift(&now, &w->own, before);
	docker_nodes_free(&w->seen);
	w->seen = now;
	return 0;
}

static int remove_seen(const struct watch *w, const struct deadline *d, struct err *e)
{
	for (size_t i = 0; i < w->seen.count; i++) {
		const char *id = w->seen.list[i].id;

		log_note("removing the entry %s, which has no name: a join that "
			 "was cut off left it behind",
			 id);
		if (swarm_node_remove(w->manager, id, d, e))
			return -1;
	}
	return 0;
}

/* What comes after the watch needs time, too. */
static bool has_time(const struct watch *w, const struct deadline *d)
{
	if (deadline_left_ms(d) >= w->ms + TIMING_BRIEFLY_MS)
		return true;
	log_warn("the entry %s has no name, and there is no time to see whether "
		 "a node joins; if none does, remove it with `docker node rm "
		 "--force`",
		 w->seen.list[0].id);
	return false;
}

/* Nodes begin sessions only while the swarm takes writes, and a leader that waits
 * for a manager that has just been let into the raft goes on answering what is
 * read. */
static int write_through(struct watch *w, const struct deadline *d, struct err *e)
{
	int64_t began = deadline_now_ms();

	if (docker_node_rewrite(w->manager, w->own.id, d, e))
		return -1;
	if (deadline_now_ms() - began > TIMING_STALL_MS)
		w->since = deadline_now_ms();
	return 0;
}

static int watch(struct watch *w, const struct deadline *d, struct err *e)
{
	if (look(w, NULL, d, e))
		return -1;
	w->since = deadline_now_ms();
	if (!w->seen.count || !has_time(w, d))
		return 0;
	while (w->seen.count && deadline_now_ms() - w->since < w->ms) {
		log_progress("watching the entry %s, which has no name: it is a "
			     "node that joins, or what a join left behind",
			     w->seen.list[0].id);
		if (deadline_pause(d, TIMING_MANAGER_MS))
			return 0;
		if (write_through(w, d, e) || look(w, &w->seen, d, e))
			return -1;
	}
	return remove_seen(w, d, e);
}

int swarm_stale_node_remove(struct docker_engine *manager, const char *own_id, bool all,
			    int64_t watch_ms, const struct deadline *d, struct err *e)
{
	struct watch w = { .manager = manager, .all = all, .ms = watch_ms };
	int ret;

	if (docker_node_read(manager, own_id, &w.own, d, e))
		return -1;
	ret = watch(&w, d, e);
	docker_nodes_free(&w.seen);
	docker_node_free(&w.own);
	return ret;
}
