/* SPDX-License-Identifier: MIT */
/* An engine takes up the state that it was given. */
#include "swarm/restore_internal.h"

#include "base/js.h"
#include "base/log.h"
#include "base/timing.h"
#include "docker/node.h"
#include "docker/swarm.h"
#include "net/addr.h"
#include "net/tcp.h"
#include "swarm/info_wait.h"

#include <stdio.h>
#include <string.h>

static bool leads(const struct docker_info *info)
{
	return info->state == DOCKER_ACTIVE && info->manager && *info->cluster_id;
}

/* What the manager advertised as it did where it keeps its address (an interface, a port); where
 * it has another one, that, for its tasks' traffic, too. */
struct addresses {
	char advertise[300], listen[128], data_path[256];
};

static int choose_addresses(const struct swarm_restoring *r, struct addresses *a,
			    struct err *e)
{
	const json_t *had = r->archive.settings;
	const char *advertise = js_text(had, "AdvertiseAddr");

	if (r->moved) {
		tcp_name(a->advertise, sizeof(a->advertise), r->addr.host, r->addr.port);
		a->data_path[0] = '\0';
		return swarm_restore_judge_listen(had, r->addr.host, a->listen,
						  sizeof(a->listen), e);
	}
	snprintf(a->advertise, sizeof(a->advertise), "%s",
		 *advertise ? advertise : r->addr.host);
	snprintf(a->listen, sizeof(a->listen), "%s", js_text(had, "ListenAddr"));
	snprintf(a->data_path, sizeof(a->data_path), "%s", js_text(had, "DataPathAddr"));
	return 0;
}

static int force(struct swarm_restoring *r, struct err *e)
{
	struct addresses a;
	struct docker_init init = {
		.advertise_addr = a.advertise,
		.data_path_port = (uint32_t)js_number(r->archive.settings,
						      "DataPathPort"),
		.force_new_cluster = true,
	};

	if (choose_addresses(r, &a, e))
		return -1;
	init.listen_addr = *a.listen ? a.listen : NULL;
	init.data_path_addr = *a.data_path ? a.data_path : NULL;
	log_note("the archive is of %zu managers; it becomes the only manager, at %s",
		 json_array_size(r->archive.manifest.managers), a.advertise);
	return docker_swarm_init(r->host, &init, r->d, e);
}

static int unlock(struct swarm_restoring *r, struct err *e)
{
	if (!r->params->unlock_key)
		return err_set(e, ERR_USAGE,
			       "unlock_key_env: it has locked itself since; give the key "
			       "that `docker swarm unlock-key` has told");
	return docker_swarm_unlock(r->host, r->params->unlock_key, r->d, e);
}

static enum swarm_stable is_up(const struct swarm_info_wait *w, struct err *e)
{
	if (leads(w->info))
		return SWARM_STABLE;
	err_set(e, ERR_DEADLINE,
		"%s: its swarm is %s after the restore (%s); see dockerd's log there",
		docker_label(w->engine), docker_state_name(w->info->state),
		*w->info->error ? w->info->error : "no leader");
	if (w->info->state != DOCKER_ERROR)
		return SWARM_CHANGING;
	err_as(e, ERR_REFUSED);
	return SWARM_UNUSABLE;
}

static int wait_up(struct swarm_restoring *r, struct err *e)
{
	struct swarm_info_wait w = {
		.engine = r->host,
		.info = &r->info,
		.stable = is_up,
		.every_ms = TIMING_ENGINE_MS,
	};
	struct deadline until = deadline_within(r->d, TIMING_ELECTION_MS);

	return swarm_info_wait(&w, &until, r->d, e) == SWARM_STABLE ? 0 : -1;
}

/* What the others will be told. */
static int read_back(struct swarm_restoring *r, struct err *e)
{
	const struct archive_state_facts *f = &r->archive.facts;
	struct docker_node n = { 0 };
	int ret = 0;

	if (strcmp(r->info.node_id, f->node_id) != 0 ||
	    strcmp(r->info.cluster_id, f->cluster_id) != 0)
		return err_set(e, ERR_REFUSED,
			       "%s: it is node %s of swarm %s after the restore, expected "
			       "node %s of swarm %s",
			       docker_label(r->host), r->info.node_id, r->info.cluster_id,
			       f->node_id, f->cluster_id);
	if (docker_node_read(r->host, f->node_id, &n, r->d, e))
		return -1;
	if (!addr_same_ip(n.manager_addr, r->addr.host))
		ret = err_set(e, ERR_REFUSED,
			      "%s: the raft has %s for its address, expected %s; do not let "
			      "a manager join it",
			      docker_label(r->host), n.manager_addr, r->addr.host);
	docker_node_free(&n);
	return ret;
}

/* A manager alone leads with the address that it had, and is then given another one; one of
 * several does not lead without the others. */
static int become_the_only_one(struct swarm_restoring *r, struct err *e)
{
	bool several = json_array_size(r->archive.manifest.managers) > 1;

	if (several)
		return leads(&r->info) && !r->moved ? 0 : force(r, e);
	if (!r->moved)
		return 0;
	if (wait_up(r, e))
		return -1;
	return addr_same_ip(r->info.node_addr, r->addr.host) ? 0 : force(r, e);
}

int swarm_restore_take_up(struct swarm_restoring *r, struct err *e)
{
	if (docker_info(r->host, &r->info, r->d, e))
		return -1;
	if (r->info.state == DOCKER_LOCKED && unlock(r, e))
		return -1;
	if (!(leads(&r->info) && addr_same_ip(r->info.node_addr, r->addr.host)) &&
	    become_the_only_one(r, e))
		return -1;
	if (wait_up(r, e) || (r->moved && swarm_restore_move(r, e)) || read_back(r, e))
		return -1;
	return 0;
}
