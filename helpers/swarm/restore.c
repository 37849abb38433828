/* SPDX-License-Identifier: MIT */
/* Restores a swarm: judges the archive and all hosts, puts the state in its place, and sees
 * that it works. */
#include "swarm/restore_internal.h"

#include "aws/s3.h"
#include "base/js.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/timing.h"
#include "docker/raft_member.h"
#include "swarm/node_leave.h"

#include <string.h>

#define CA "swarm/certificates/swarm-root-ca.crt"
#define PORT 2377 /* of a swarm, where nobody says another one */

/* ---- before anything is touched ---- */

static int fetch(struct swarm_restoring *r, struct buf *raw, struct err *e)
{
	const struct swarm_restore_params *p = r->params;

	if (p->s3)
		return aws_s3_get(p->s3, p->key, raw, NULL, r->d, e) ? err_wrap(e, "from")
								     : 0;
	return archive_reader_file(p->from, raw, e) ? err_wrap(e, "from: %s", p->from)
						    : 0;
}

static int read_archive(struct swarm_restoring *r, struct err *e)
{
	const struct swarm_restore_params *p = r->params;
	struct buf raw = BUF_INIT(ARCHIVE_READER_MAX);
	int ret = fetch(r, &raw, e);

	if (!ret && archive_reader_open(&r->archive, &raw, p->decrypt_with, e))
		ret = err_wrap(e, "from: %s", p->from);
	buf_free(&raw);
	return ret;
}

/* The address that the query has, or else that of the archive; the port is that of the archive
 * unless the query has one. */
static int choose_address(struct swarm_restoring *r, struct err *e)
{
	const char *had = r->archive.manifest.advertise_addr;
	const char *settings = js_text(r->archive.settings, "AdvertiseAddr");
	const char *wanted = r->params->advertise_addr;
	char listen[128];
	struct addr of_archive;
	struct err ignored;

	r->moved = wanted && !addr_same_ip(wanted, had);
	r->out->moved = r->moved;
	if (!r->moved)
		wanted = had;
	if (addr_parse(&r->addr, wanted, strlen(wanted), e))
		return err_wrap(e, "advertise_addr");
	if (!r->addr.port &&
	    !addr_parse(&of_archive, settings, strlen(settings), &ignored))
		r->addr.port = of_archive.port;
	if (!r->addr.port)
		r->addr.port = PORT;
	return r->moved ? swarm_restore_judge_listen(r->archive.settings, r->addr.host,
						     listen, sizeof(listen), e)
			: 0;
}

static int open_archive(struct swarm_restoring *r, struct err *e)
{
	const struct swarm_restore_params *p = r->params;
	struct archive_stamp now = archive_stamp_now();
	json_t *ca;

	if (read_archive(r, e) ||
	    swarm_restore_judge_archive(&r->archive.manifest, p, &now, e) ||
	    choose_address(r, e))
		return -1;
	ca = json_object_get(r->archive.facts.files, CA);
	if (!ca)
		return err_set(e, ERR_REFUSED, "from: %s: it lacks %s", p->from, CA);
	r->place = (struct docker_state_place){
		.state = &r->archive.state,
		.sha256 = r->archive.facts.sha256,
		.ca_sha256 = js_text(ca, "sha256"),
		.addr = r->addr.host,
	};
	return 0;
}

static int ask(struct swarm_restoring *r, struct err *e)
{
	const struct swarm_restore_params *p = r->params;

	if (swarm_peers_open(&r->peers, &p->peers, r->d, e) ||
	    swarm_peers_open(&r->workers, &p->workers, r->d, e) ||
	    docker_open(&r->host, p->host, r->d, e) ||
	    docker_info(r->host, &r->info, r->d, e))
		return -1;
	r->place.root = r->info.root_dir;
	swarm_peers_ask_briefly(&r->peers, TIMING_BRIEFLY_MS, r->d);
	swarm_peers_ask_briefly(&r->workers, TIMING_BRIEFLY_MS, r->d);
	return 0;
}

static void see(struct swarm_restore_seen **next, const struct swarm_peers *peers,
		const struct swarm_hosts *hosts)
{
	for (size_t i = 0; i < peers->count; i++)
		*(*next)++ = (struct swarm_restore_seen){
			.host = hosts->list[i].login.host,
			.info = peers->list[i].engine ? &peers->list[i].info : NULL,
		};
}

/* The host itself may have been one of the managers. */
static int judge_managers(struct swarm_restoring *r, struct err *e)
{
	const struct swarm_restore_params *p = r->params;
	size_t count = r->peers.count + r->workers.count + 1;
	struct swarm_restore_seen *seen = secret_calloc(count, sizeof(*seen)),
				  *next = seen;
	int ret;

	if (!seen)
		return err_no_memory(e);
	see(&next, &r->peers, &p->peers);
	see(&next, &r->workers, &p->workers);
	if (!r->ours)
		*next++ = (struct swarm_restore_seen){ p->host->login.host, &r->info };
	ret = swarm_restore_judge_managers(&r->archive.manifest, seen,
					   (size_t)(next - seen), p, r->moved && !r->ours,
					   e);
	secret_free(seen);
	return ret;
}

static bool works(const struct docker_info *info)
{
	return info->state == DOCKER_ACTIVE && info->manager && *info->cluster_id;
}

/* Whether the host's swarm, if any, is what the archive has become. */
static bool is_ours(const struct swarm_restoring *r,
		    const struct docker_state_found *found)
{
	const struct archive_state_facts *f = &r->archive.facts;

	if (*r->info.cluster_id && strcmp(r->info.cluster_id, f->cluster_id) != 0)
		return false;
	if (*r->info.node_id)
		return !strcmp(r->info.node_id, f->node_id);
	return found->placed;
}

/* One that works has the address that it shall have, or an earlier run was killed before it
 * gave it that. */
static int judge_ours(struct swarm_restoring *r, const struct docker_state_found *found,
		      struct err *e)
{
	const char *now = r->info.node_addr;

	if (addr_same_ip(now, r->addr.host) ||
	    (found->placed && addr_same_ip(now, r->archive.manifest.advertise_addr)))
		return 0;
	return err_set(e, ERR_REFUSED,
		       "%s: it is that manager already, at %s, and a swarm that runs is not "
		       "moved to %s; set advertise_addr to %s",
		       docker_label(r->host), now, r->addr.host, now);
}

/* The manager has to reach itself at its address, and we to call it there. */
static int judge_address(struct swarm_restoring *r,
			 const struct docker_state_found *found, struct err *e)
{
	const struct docker_raft_member m = { .addr = r->addr.host,
					      .port = r->addr.port };
	const char *label = docker_label(r->host);

	if (r->moved && !found->has_addr)
		return err_set(e, ERR_REFUSED,
			       "%s: advertise_addr: this host has not the address %s; name "
			       "one that it has",
			       label, r->addr.host);
	if (!r->params->advertise_addr && !found->has_addr)
		return err_set(
			e, ERR_REFUSED,
			"%s: the manager of this archive had the address %s, which "
			"this host has not; give it that one, or set advertise_addr: "
			"to another one that it has, or to that one where the host is "
			"reached by it",
			label, r->addr.host);
	return r->moved ? docker_raft_member_check(r->host, &m, r->d, e) : 0;
}

static int judge_host(struct swarm_restoring *r, const struct docker_state_found *found,
		      struct err *e)
{
	const char *label = docker_label(r->host);

	r->ours = r->info.state != DOCKER_INACTIVE && is_ours(r, found);
	r->complete = r->ours && works(&r->info) && !found->placed;
	if (r->ours && works(&r->info))
		return judge_ours(r, found, e);
	if (r->info.state != DOCKER_INACTIVE && !r->ours && !r->params->leave_other)
		return err_set(e, ERR_REFUSED,
			       "%s: it is in a swarm already (%s, %s); if that one may "
			       "lose it, set from_other_swarm to leave",
			       label, docker_state_name(r->info.state),
			       *r->info.cluster_id ? r->info.cluster_id
						   : "its ID is not told");
	if (r->info.state == DOCKER_INACTIVE && found->remains && !found->placed)
		return err_set(e, ERR_REFUSED,
			       "%s: Docker is in no swarm, but there is the state of a node "
			       "in %s/swarm; move it away first",
			       label, r->info.root_dir);
	if (swarm_restore_judge_engine(r->archive.manifest.engine, r->info.version, e))
		return err_wrap(e, "%s", label);
	return judge_managers(r, e) ? -1 : judge_address(r, found, e);
}

/* ---- all of it ---- */

static int put_back(struct swarm_restoring *r, struct err *e)
{
	if (r->info.state != DOCKER_INACTIVE && swarm_node_leave(r->host, true, r->d, e))
		return -1;
	log_note("putting the state of %s back, as it was at %s",
		 r->archive.manifest.hostname, js_text(r->archive.whole, "made"));
	r->begun = r->info.clock;
	return docker_state_place(r->host, &r->place, r->d, e);
}

static int restore(struct swarm_restoring *r, struct err *e)
{
	struct docker_state_found found = { 0 };
	struct err ignored;

	if (open_archive(r, e) || ask(r, e) ||
	    docker_state_place_look(r->host, &r->place, &found, r->d, e) ||
	    judge_host(r, &found, e))
		return -1;
	if (!r->ours && put_back(r, e))
		return -1;
	r->out->outcome = r->complete ? SWARM_WAS_RESTORED : SWARM_RESTORED;
	if (swarm_restore_take_up(r, e))
		return -1;
	if (docker_state_place_forget(r->host, &r->place, r->d, &ignored))
		log_warn("what the restore has left there could not be removed (%s)",
			 ignored.msg);
	return swarm_restore_workers(r, e);
}

int swarm_restore(const struct swarm_restore_params *params,
		  struct swarm_restore_result *out, const struct deadline *d,
		  struct err *e)
{
	struct swarm_restoring r = { .params = params, .out = out, .d = d };
	int ret;

	memset(out, 0, sizeof(*out));
	ret = restore(&r, e);
	memcpy(out->cluster_id, r.info.cluster_id, sizeof(out->cluster_id));
	memcpy(out->node_id, r.info.node_id, sizeof(out->node_id));
	swarm_peers_close(&r.peers);
	swarm_peers_close(&r.workers);
	docker_close(r.host);
	secret_free(r.led);
	archive_reader_wipe(&r.archive);
	return ret;
}
