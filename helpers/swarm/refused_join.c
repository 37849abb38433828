/* SPDX-License-Identifier: MIT */
/* Removes the entry of a host that the swarm has refused as a manager. */
#include "swarm/refused_join.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/timing.h"
#include "net/addr.h"
#include "swarm/node_demote.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

int swarm_refused_join_begin(struct swarm_refused_join *r, const struct deadline *d,
			     struct err *e)
{
	return docker_nodes_managers(r->manager, &r->before, d, e);
}

void swarm_refused_join_end(struct swarm_refused_join *r)
{
	docker_nodes_free(&r->before);
}

/* Of a host that has come since, and is not in the raft. */
static bool is_new(const struct swarm_refused_join *r, const struct docker_node *n)
{
	return !docker_nodes_find(&r->before, n->id) && !n->in_raft;
}

/* An address as it is advertised, perhaps with a port and in brackets, without
 * these. */
static void bare(const char *addr, char *out, size_t size)
{
	const char *end;

	if (*addr == '[')
		end = strchr(++addr, ']');
	else
		end = strchr(addr, ':') == strrchr(addr, ':') ? strchr(addr, ':') : NULL;
	snprintf(out, size, "%.*s", (int)(end ? (size_t)(end - addr) : strlen(addr)),
		 addr);
}

bool swarm_refused_join_is(const struct swarm_refused_join *r,
			   const struct docker_node *n)
{
	char addr[64];

	if (!is_new(r, n) || strcasecmp(n->hostname, r->hostname))
		return false;
	if (!r->advertise_addr || !*n->addr)
		return true;
	bare(r->advertise_addr, addr, sizeof(addr));
	return !addr_is_ip(addr) || addr_same_ip(n->addr, addr);
}

static bool has_no_name(const struct swarm_refused_join *r, const struct docker_node *n)
{
	return is_new(r, n) && !*n->hostname && n->state != DOCKER_NODE_READY;
}

static int remove_entry(const struct swarm_refused_join *r, const struct docker_node *n,
			const struct deadline *d, struct err *e)
{
	log_note("removing the entry %s that this try has left", n->id);
	return swarm_node_remove(r->manager, n->id, d, e);
}

/* Removes the host's own entry, *own, or with `late` those without a name; *unnamed:
 * how many there are. */
static int look(const struct swarm_refused_join *r, bool late, bool *own, int *unnamed,
		const struct deadline *d, struct err *e)
{
	struct docker_nodes now = { 0 };
	int ret = 0;

	*unnamed = 0;
	if (docker_nodes_managers(r->manager, &now, d, e))
		return -1;
	for (size_t i = 0; !ret && i < now.count; i++) {
		const struct docker_node *n = &now.list[i];
		bool is = swarm_refused_join_is(r, n), is_unnamed = has_no_name(r, n);

		*own = *own || is;
		*unnamed += is_unnamed;
		if (is || (late && is_unnamed))
			ret = remove_entry(r, n, d, e);
	}
	docker_nodes_free(&now);
	return ret;
}

/* Until the host's entry is gone, or there is none. */
static int clear(const struct swarm_refused_join *r, const struct deadline *d,
		 struct err *e)
{
	int64_t began = deadline_now_ms(), now;
	bool own = false;
	int unnamed;

	for (;;) {
		now = deadline_now_ms() - began;
		if (look(r, now >= TIMING_STALE_NODE_MS, &own, &unnamed, d, e))
			return -1;
		if (own || now >= (unnamed ? TIMING_STALE_NODE_MS : TIMING_INIT_MS))
			return 0;
		log_progress("watching for the entry that this try has left");
		if (deadline_pause(d, TIMING_ENGINE_MS))
			return err_set(e, ERR_DEADLINE, "no time to look for it");
	}
}

void swarm_refused_join_clear(const struct swarm_refused_join *r,
			      const struct deadline *d)
{
	struct err why;

	if (clear(r, d, &why))
		log_warn("an entry of this host may stay in the list of nodes: %s",
			 why.msg);
}
