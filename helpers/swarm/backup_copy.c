/* SPDX-License-Identifier: MIT */
/* Copies the state of a manager, and checks the copy. */
#include "swarm/backup_internal.h"

#include "base/log.h"
#include "base/sink.h"
#include "base/timing.h"

#include <string.h>

/* How often the state of an engine that runs is copied again. */
#define TRIES 5

void swarm_backup_renew(struct swarm_backing_up *b)
{
	struct err ignored;
	bool lost;

	if (deadline_now_ms() - b->renewed_ms < TIMING_ROLL_RENEW_MS)
		return;
	/* Only the lease is late: an engine that was stopped runs again by now. */
	swarm_roll_lease_renew(&b->lease, b->m.engine, &lost, b->d, &ignored);
	b->renewed_ms = deadline_now_ms();
}

struct checking {
	struct swarm_backing_up *backup;
	struct archive_state *state;
};

static int take(void *ctx, const void *bytes, size_t n, struct err *e)
{
	struct checking *c = ctx;

	swarm_backup_renew(c->backup);
	return archive_state_add(c->state, bytes, n, e);
}

static int is_this_node(const struct swarm_backing_up *b, struct err *e)
{
	const struct archive_state_facts *f = &b->facts;

	if (!strcmp(f->node_id, b->node->id) &&
	    !strcmp(f->cluster_id, b->m.info.cluster_id) &&
	    !strcmp(f->sha256, b->copy.sha256))
		return 0;
	return err_set(e, ERR_REFUSED,
		       "it is of node %s of swarm %s, expected node %s of swarm %s",
		       f->node_id, f->cluster_id, b->node->id, b->m.info.cluster_id);
}

static int check(struct swarm_backing_up *b, struct err *e)
{
	struct checking c = { b, archive_state_new() };
	const struct sink to = { take, &c };
	int ret = -1;

	archive_state_wipe(&b->facts);
	if (!c.state)
		return err_no_memory(e);
	if (!docker_state_read(b->from->engine, &b->copy, &to, b->d, e) &&
	    !archive_state_judge(c.state, &b->facts, e))
		ret = is_this_node(b, e);
	archive_state_free(c.state);
	return ret;
}

enum copied {
	COPIED,
	COPY_AGAIN, /* it may be good when it is made once more */
	COPY_FAILED,
};

static enum copied copy_once(struct swarm_backing_up *b, struct err *e)
{
	bool running = b->params->copy == DOCKER_COPY_RUNNING;

	if (docker_state_copy(b->from->engine, b->from->info.root_dir, b->params->copy,
			      &b->copy, b->d, e))
		return COPY_FAILED;
	if (b->copy.changed) {
		err_set(e, ERR_REFUSED, "the state changed while it was copied");
		return COPY_AGAIN;
	}
	if (!check(b, e))
		return COPIED;
	return running && e->kind == ERR_REFUSED ? COPY_AGAIN : COPY_FAILED;
}

int swarm_backup_copy(struct swarm_backing_up *b, struct err *e)
{
	enum copied copied = COPY_AGAIN;

	for (int i = 1; copied == COPY_AGAIN && i <= TRIES; i++) {
		swarm_backup_renew(b);
		copied = copy_once(b, e);
		if (copied == COPY_AGAIN)
			log_note("copy %d of %d cannot be used (%s)", i, TRIES, e->msg);
	}
	if (copied != COPIED)
		return err_wrap(e, "the copy of %s", b->node->hostname);
	return 0;
}
