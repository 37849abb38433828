/* SPDX-License-Identifier: MIT */
/* Has a swarm that was restored at another address tell its managers that one. */
#include "swarm/restore_internal.h"

#include "base/log.h"
#include "base/timing.h"
#include "docker/node.h"
#include "docker/raft_member.h"
#include "docker/raft_settings.h"
#include "docker/raft_snapshot.h"
#include "net/tcp.h"

#include <stdio.h>
#include <string.h>

/* What the settings of the raft were: a run that was killed has not put them back. */
#define LABEL "terraform-swarm-helpers.restore"
#define CERTIFICATES "swarm/certificates/"
#define PEM_MAX (1u << 20)
/* The first may have begun before the address was changed. */
#define SNAPSHOTS 2
#define TRIES 10

/* What is shown of the manager's address among the managers is what its raft tells them. */
static int read_told(struct swarm_restoring *r, bool *right, struct err *e)
{
	struct docker_node n = { 0 };

	if (docker_node_read(r->host, r->archive.facts.node_id, &n, r->d, e))
		return -1;
	*right = addr_same_ip(n.manager_addr, r->addr.host);
	docker_node_free(&n);
	return 0;
}

static int wait_told(struct swarm_restoring *r, struct err *e)
{
	struct deadline until = deadline_within(r->d, TIMING_MANAGER_UP_MS);
	bool right = false;

	for (;;) {
		if (read_told(r, &right, e))
			return -1;
		if (right)
			return 0;
		if (deadline_pause(&until, TIMING_ENGINE_MS))
			return err_set(
				e, ERR_REFUSED,
				"%s: its raft has taken the address %s, and does not "
				"tell it; do not let a manager join it, and run this "
				"again",
				docker_label(r->host), r->addr.host);
	}
}

/* The certificate and the key are those of the archive: the engine may have new ones since,
 * but these are as good until they end, and nothing of that has to be read from the host. */
static int tell(struct swarm_restoring *r, struct err *e)
{
	struct buf ca = BUF_INIT(PEM_MAX), certificate = BUF_INIT(PEM_MAX),
		   key = BUF_INIT(PEM_MAX);
	int ret = -1;

	log_note("its raft is told that it is at %s", r->addr.host);
	if (!archive_reader_part(&r->archive, CERTIFICATES "swarm-root-ca.crt", &ca, e) &&
	    !archive_reader_part(&r->archive, CERTIFICATES "swarm-node.crt", &certificate,
				 e) &&
	    !archive_reader_part(&r->archive, CERTIFICATES "swarm-node.key", &key, e)) {
		const struct docker_raft_member m = { .addr = r->addr.host,
						      .port = r->addr.port,
						      .ca = buf_str(&ca),
						      .certificate = buf_str(
							      &certificate),
						      .key = buf_str(&key) };

		ret = docker_raft_member_move(r->host, &m, r->d, e);
	}
	buf_free(&ca);
	buf_free(&certificate);
	buf_free(&key);
	return ret ? -1 : wait_told(r, e);
}

/* Each change makes a snapshot now, unless one is being made. */
static int next_snapshot(struct swarm_restoring *r, struct docker_raft_snapshot *s,
			 struct err *e)
{
	struct docker_raft_snapshot before = *s;

	for (int i = 0; i < TRIES; i++) {
		if (docker_raft_settings_hold(r->host, LABEL, r->d, e) ||
		    docker_raft_snapshot_newest(r->host, r->info.root_dir, s, r->d, e))
			return -1;
		if (strcmp(s->name, before.name) != 0)
			return 0;
	}
	return err_set(e, ERR_REFUSED,
		       "%s: its raft makes no snapshot, so that a manager that joins would "
		       "be told the address that it had; do not let one join, and see "
		       "dockerd's log there",
		       docker_label(r->host));
}

/* A manager that joins is given the newest snapshot, and what came after it. */
static int make_snapshots(struct swarm_restoring *r, struct err *e)
{
	struct docker_raft_snapshot s = { 0 };

	log_note("its raft makes a snapshot in which that is the address");
	if (docker_raft_snapshot_newest(r->host, r->info.root_dir, &s, r->d, e))
		return -1;
	for (int i = 0; i < SNAPSHOTS; i++)
		if (next_snapshot(r, &s, e))
			return -1;
	return 0;
}

static int put_settings_back(struct swarm_restoring *r, struct err *e)
{
	bool held;

	log_note("the settings of its raft are put back");
	if (docker_raft_settings_release(r->host, LABEL, r->d, e) ||
	    docker_raft_settings_held(r->host, LABEL, &held, r->d, e))
		return -1;
	return held ? err_set(e, ERR_REFUSED,
			      "%s: somebody else has changed the settings of its raft "
			      "meanwhile; run this again",
			      docker_label(r->host))
		    : 0;
}

int swarm_restore_move(struct swarm_restoring *r, struct err *e)
{
	bool right, held;

	if (read_told(r, &right, e) ||
	    docker_raft_settings_held(r->host, LABEL, &held, r->d, e))
		return -1;
	if (right && !held && r->complete)
		return 0;
	/* Where no earlier run has left a trace, the label is one for the next. */
	if ((r->complete && docker_raft_settings_hold(r->host, LABEL, r->d, e)) ||
	    (!right && tell(r, e)) || make_snapshots(r, e))
		return -1;
	return put_settings_back(r, e);
}
