/* SPDX-License-Identifier: MIT */
/* Leads workers that know only managers which are gone to the one that was restored. */
#include "swarm/restore_internal.h"

#include "base/buf.h"
#include "base/js.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "docker/lead.h"
#include "docker/node.h"
#include "net/tcp.h"

#include <stdio.h>
#include <string.h>

#define LIST_MAX 1100 /* as many as docker_info keeps */

/* ---- whom a worker knows ---- */

/* Whether the list of managers ("ip:port,ip:port") has this one. */
static bool knows(const char *managers, const struct addr *addr)
{
	const char *item;
	char one[256];
	size_t n;

	while (text_next_item(&managers, &item, &n)) {
		snprintf(one, sizeof(one), "%.*s", (int)n, item);
		if (addr_same_ip(one, addr->host))
			return true;
	}
	return false;
}

static bool was_manager(const json_t *managers, const char *addr)
{
	const json_t *m;
	size_t i;

	json_array_foreach(managers, i, m)
		if (addr_same_ip(js_text(m, "addr"), addr))
			return true;
	return false;
}

/* Those managers that it knows which the archive has: these are gone, or the restore would have
 * been refused. Only of the family of `to`, as a rule leads to no other one. */
static void list_gone(const struct swarm_restoring *r, const char *managers,
		      const char *to, struct buf *out)
{
	const char *item;
	char one[256];
	size_t n;

	while (text_next_item(&managers, &item, &n)) {
		snprintf(one, sizeof(one), "%.*s", (int)n, item);
		if ((*one == '[') == (*to == '[') &&
		    was_manager(r->archive.manifest.managers, one))
			buf_addf(out, "%s%s", out->len ? "," : "", one);
	}
}

/* ---- each of them ---- */

static int lead_one(struct swarm_restoring *r, size_t i, const char *to, struct err *e)
{
	struct swarm_peer *worker = &r->workers.list[i];
	struct buf from = BUF_INIT(LIST_MAX);
	int ret = 0;

	if (docker_info(worker->engine, &worker->info, r->d, e))
		return -1;
	if (worker->info.state == DOCKER_INACTIVE ||
	    knows(worker->info.managers, &r->addr))
		return 0;
	list_gone(r, worker->info.managers, to, &from);
	if (from.len) {
		log_note("%s knows only managers that are gone (%s), and is led to %s",
			 docker_label(worker->engine), from.data, to);
		ret = docker_lead_begin(worker->engine, from.data, to, r->d, e);
		r->led[i] = !ret;
	} else {
		log_warn("%s knows %s, and cannot be led from there to %s",
			 docker_label(worker->engine),
			 *worker->info.managers ? worker->info.managers : "no manager",
			 to);
	}
	buf_free(&from);
	return ret;
}

/* Of another swarm, or none: nobody to lead. */
static bool is_worker(const struct docker_nodes *nodes, const struct swarm_peer *p)
{
	const struct docker_node *n = p->engine
					      ? docker_nodes_find(nodes, p->info.node_id)
					      : NULL;

	return n && n->role == DOCKER_WORKER;
}

void swarm_restore_lead(struct swarm_restoring *r)
{
	struct docker_nodes nodes = { 0 };
	char to[300];
	struct err why;

	tcp_name(to, sizeof(to), r->addr.host, r->addr.port);
	r->led = secret_calloc(r->workers.count + 1, sizeof(*r->led));
	if (!r->led || docker_nodes_list(r->host, &nodes, r->d, &why))
		return;
	for (size_t i = 0; i < r->workers.count; i++)
		if (is_worker(&nodes, &r->workers.list[i]) && lead_one(r, i, to, &why))
			log_warn("a worker is not led to %s (%s)", to, why.msg);
	docker_nodes_free(&nodes);
}

/* One that cannot be asked is let go as well: what keeps the rule there ends it in time. */
static bool is_led_on(struct swarm_restoring *r, struct swarm_peer *worker)
{
	struct err ignored;

	return !docker_info(worker->engine, &worker->info, r->d, &ignored) &&
	       !knows(worker->info.managers, &r->addr);
}

bool swarm_restore_lead_end(struct swarm_restoring *r, bool all)
{
	bool any = false;
	struct err why;

	for (size_t i = 0; r->led && i < r->workers.count; i++) {
		struct docker_engine *worker = r->workers.list[i].engine;

		if (!r->led[i])
			continue;
		if (!all && is_led_on(r, &r->workers.list[i])) {
			any = true;
			continue;
		}
		r->led[i] = false;
		if (docker_lead_end(worker, r->d, &why))
			log_warn("%s: the rule that leads it ends within two minutes (%s)",
				 docker_label(worker), why.msg);
	}
	return any;
}
