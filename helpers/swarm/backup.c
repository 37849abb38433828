/* SPDX-License-Identifier: MIT */
/* Backs up a swarm: finds out whether and from whom, copies, checks, writes. */
#include "swarm/backup_internal.h"

#include "archive/folder.h"
#include "base/log.h"
#include "base/timing.h"
#include "swarm/node_wait.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- whether ---- */

/* Fills the result where an archive that is young enough is there: *young. */
static int look_for_young(struct swarm_backing_up *b, bool *young, struct err *e)
{
	const struct swarm_backup_params *p = b->params;
	struct archive_stamp now = archive_stamp_now();
	struct archive_stamp oldest = archive_stamp_at(time(NULL) - p->older_ms / 1000);
	const struct archive_entry *newest;
	struct archive_folder f;
	int ret = 0;

	if (swarm_backup_place_list(b, &f, e))
		return -1;
	newest = archive_folder_newest(&f, &now);
	*young = p->older_ms && newest &&
		 archive_stamp_compare(&newest->made, &oldest) > 0;
	if (*young) {
		snprintf(b->out->file, sizeof(b->out->file), "%s/%s", p->folder,
			 newest->name);
		memcpy(b->out->node_id, newest->node_id, sizeof(newest->node_id));
		b->out->made = newest->made;
		b->out->until = newest->until;
		ret = swarm_backup_place_sum(b, newest->name, b->out->sha256, e);
	}
	archive_folder_free(&f);
	return ret;
}

/* ---- all of it ---- */

/* An engine that has just restarted counts for the quorum only once the others reach it,
 * and the next backup may stop another one. */
static int wait_until_back(struct swarm_backing_up *b, struct err *e)
{
	struct docker_info info;
	struct deadline soon = deadline_within(b->d, TIMING_ELECTION_MS);

	if (b->params->copy != DOCKER_COPY_STOPPED)
		return 0;
	if (swarm_peers_stable(b->from->engine, &info, &soon, e) ||
	    swarm_node_wait_ready(b->m.engine, b->node->id, DOCKER_MANAGER, &soon, e))
		return err_wrap(e, "%s after the copy", b->node->hostname);
	return 0;
}

static int work(struct swarm_backing_up *b, struct err *e)
{
	struct err ignored;
	size_t removed = 0;
	int ret;

	if (swarm_backup_choose(b, e))
		return -1;
	log_note("copying the state of %s (%s), %s", b->node->hostname,
		 docker_label(b->from->engine), docker_copy_name(b->params->copy));
	ret = swarm_backup_copy(b, e);
	if (!ret)
		ret = swarm_backup_write(b, e);
	if (docker_state_forget(b->from->engine, b->d, &ignored))
		log_warn("the copy there could not be removed (%s); the next backup from "
			 "there does that",
			 ignored.msg);
	if (ret || wait_until_back(b, e))
		return -1;
	if (b->params->keep && swarm_backup_place_prune(b, &removed, e))
		return -1;
	if (removed)
		log_note("removed %zu older archives", removed);
	return 0;
}

static void fill_result(struct swarm_backing_up *b)
{
	struct swarm_backup_result *out = b->out;

	memcpy(out->node_id, b->facts.node_id, sizeof(out->node_id));
	memcpy(out->version, b->from->info.version, sizeof(out->version));
	out->until = b->facts.until;
	out->stopped_ms = b->copy.stopped_ms;
}

/* A run that failed, or was interrupted, gives the lease back, too. */
static int with_lease(struct swarm_backing_up *b, struct err *e)
{
	struct deadline after;
	struct err ignored;
	int ret;

	if (swarm_roll_lease_acquire(&b->lease, b->m.engine, TIMING_ROLL_LEASE_MS, b->d,
				     e))
		return -1;
	b->renewed_ms = deadline_now_ms();
	ret = work(b, e);
	after = deadline_in(TIMING_ROLLBACK_MS);
	if (swarm_roll_lease_release(&b->lease, b->m.engine, &after, &ignored))
		log_warn("the lease could not be given back (%s)", ignored.msg);
	return ret;
}

int swarm_backup(const struct swarm_backup_params *params,
		 struct swarm_backup_result *out, const struct deadline *d, struct err *e)
{
	struct swarm_backing_up b = { .params = params, .out = out, .d = d };
	bool young;
	int ret;

	memset(out, 0, sizeof(*out));
	if (swarm_backup_place_check(params, e) ||
	    swarm_manager_find(&b.m, &params->managers, NULL, SWARM_MANAGER, d, e))
		return -1;
	memcpy(out->cluster_id, b.m.info.cluster_id, sizeof(out->cluster_id));
	if (!params->s3)
		archive_folder_tidy(params->folder);
	ret = look_for_young(&b, &young, e);
	if (!ret && young) {
		log_note("%s is young enough", out->file);
	} else if (!ret) {
		ret = with_lease(&b, e);
		if (!ret)
			fill_result(&b);
	}
	swarm_peers_close(&b.peers);
	docker_nodes_free(&b.managers);
	archive_state_wipe(&b.facts);
	docker_close(b.m.engine);
	return ret;
}
