/* SPDX-License-Identifier: MIT */
/* Writes a copy that has been checked into an archive. */
#include "swarm/backup_internal.h"

#include "archive/folder.h"
#include "archive/manifest.h"
#include "archive/writer.h"
#include "base/buf.h"
#include "base/sink.h"
#include "docker/info.h"

#include <stdio.h>
#include <string.h>

#define MAX_HEAD (8u << 20)

static json_t *list_managers(const struct docker_nodes *managers)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < managers->count; i++) {
		const struct docker_node *n = &managers->list[i];

		json_array_append_new(list,
				      json_pack("{s:s,s:s,s:s}", "id", n->id, "hostname",
						n->hostname, "addr", n->manager_addr));
	}
	return list;
}

static int write_head(const struct swarm_backing_up *b, const struct archive_stamp *made,
		      struct buf *out, struct err *e)
{
	struct archive_manifest m = {
		.facts = &b->facts,
		.made = *made,
		.copy = docker_copy_name(b->params->copy),
		.hostname = b->node->hostname,
		.advertise_addr = b->from->info.node_addr,
		.engine = b->from->info.version,
		.autolock = b->autolock,
		.managers = list_managers(&b->managers),
	};
	int ret = m.managers ? archive_manifest_write(&m, out, e) : err_no_memory(e);

	json_decref(m.managers);
	return ret;
}

struct passing {
	struct swarm_backing_up *backup;
	struct archive_writer *writer;
	struct archive_state *again; /* what is written is what was checked */
};

static int pass(void *ctx, const void *bytes, size_t n, struct err *e)
{
	struct passing *p = ctx;

	swarm_backup_renew(p->backup);
	if (archive_state_add(p->again, bytes, n, e))
		return -1;
	return archive_writer_add(p->writer, bytes, n, e);
}

static int pass_all(struct swarm_backing_up *b, struct archive_writer *w, struct err *e)
{
	struct passing p = { b, w, archive_state_new() };
	const struct sink to = { pass, &p };
	struct archive_state_facts facts = { 0 };
	int ret = -1;

	if (!p.again)
		return err_no_memory(e);
	if (docker_state_read(b->from->engine, &b->copy, &to, b->d, e) ||
	    archive_state_judge(p.again, &facts, e))
		goto out;
	if (strcmp(facts.sha256, b->facts.sha256) != 0) {
		err_set(e, ERR_REFUSED,
			"%s: the copy there has changed since it was checked; run "
			"this again",
			docker_label(b->from->engine));
		goto out;
	}
	ret = 0;
out:
	archive_state_wipe(&facts);
	archive_state_free(p.again);
	return ret;
}

static int open_writer(struct archive_writer **w, const struct swarm_backup_params *p,
		       const char *name, struct err *e)
{
	return p->s3 ? archive_writer_open_memory(w, name, p->encrypt_to, e)
		     : archive_writer_open(w, p->folder, name, p->encrypt_to, e);
}

int swarm_backup_write(struct swarm_backing_up *b, struct err *e)
{
	const struct swarm_backup_params *p = b->params;
	struct archive_entry entry = { .made = archive_stamp_now(),
				       .until = b->facts.until,
				       .encrypted = p->encrypt_to != NULL };
	struct buf head = BUF_INIT(MAX_HEAD);
	struct archive_writer *w = NULL;
	int ret = -1;

	memcpy(entry.cluster_id, b->facts.cluster_id, sizeof(entry.cluster_id));
	memcpy(entry.node_id, b->facts.node_id, sizeof(entry.node_id));
	archive_entry_name(&entry);
	b->out->made = entry.made;
	if (!write_head(b, &entry.made, &head, e) && !open_writer(&w, p, entry.name, e) &&
	    !archive_writer_add(w, head.data, head.len, e) && !pass_all(b, w, e))
		ret = archive_writer_finish(w, b->out->sha256, e);
	if (!ret && p->s3)
		ret = swarm_backup_place_put(b, entry.name, w, e);
	archive_writer_free(w);
	buf_free(&head);
	snprintf(b->out->file, sizeof(b->out->file), "%s/%s", p->folder, entry.name);
	return ret;
}
