/* SPDX-License-Identifier: MIT */
/* An engine takes up the state that it was given. */
#include "swarm/restore_internal.h"

#include "base/js.h"
#include "base/log.h"
#include "docker/node.h"
#include "docker/swarm.h"
#include "net/addr.h"
#include "swarm/info_wait.h"
#include "swarm/timing.h"

#include <string.h>

static bool leads(const struct docker_info *info)
{
	return info->state == DOCKER_ACTIVE && info->manager && *info->cluster_id;
}

/* As the engine calls it, with the addresses and the port that it had. */
static int force(struct swarm_restoring *r, struct err *e)
{
	const json_t *had = r->archive.settings;
	const char *advertise = js_text(had, "AdvertiseAddr");
	const char *data_path = js_text(had, "DataPathAddr");
	const char *listen = js_text(had, "ListenAddr");
	struct docker_init init = {
		.advertise_addr = *advertise ? advertise : r->addr,
		.listen_addr = *listen ? listen : NULL,
		.data_path_addr = *data_path ? data_path : NULL,
		.data_path_port = (uint32_t)js_number(had, "DataPathPort"),
		.force_new_cluster = true,
	};

	log_note("the archive is of %zu managers; it becomes the only one",
		 json_array_size(r->archive.manifest.managers));
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
	if (!addr_same_ip(n.manager_addr, r->addr))
		ret = err_set(e, ERR_REFUSED,
			      "%s: the raft has %s for its address, expected %s; do not let "
			      "a manager join it",
			      docker_label(r->host), n.manager_addr, r->addr);
	docker_node_free(&n);
	return ret;
}

int swarm_restore_take_up(struct swarm_restoring *r, struct err *e)
{
	bool several = json_array_size(r->archive.manifest.managers) > 1;

	if (docker_info(r->host, &r->info, r->d, e))
		return -1;
	if (r->info.state == DOCKER_LOCKED && unlock(r, e))
		return -1;
	if (several && !leads(&r->info) && force(r, e))
		return -1;
	if (wait_up(r, e) || read_back(r, e))
		return -1;
	return 0;
}
