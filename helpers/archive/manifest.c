/* SPDX-License-Identifier: MIT */
/* Writes an archive's manifest. */
#include "archive/manifest.h"

#include "archive/gzip.h"
#include "archive/tar.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/js.h"

#include <time.h>

#define FORMAT 1
#define MAX_MANIFEST (4u << 20)

static json_t *raft(const struct raft_log_facts *f)
{
	return json_pack("{s:I,s:I,s:I,s:I}", "first", (json_int_t)f->first, "last",
			 (json_int_t)f->last, "commit", (json_int_t)f->commit, "snapshot",
			 (json_int_t)f->snapshot);
}

static json_t *build(const struct archive_manifest *m)
{
	const struct archive_state_facts *f = m->facts;
	struct archive_stamp_rfc made = archive_stamp_rfc(&m->made);
	struct archive_stamp_rfc until = archive_stamp_rfc(&f->until);

	return json_pack("{s:i,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:b,s:O,s:o,s:O}",
			 "format", FORMAT, "made", made.text, "usable_until", until.text,
			 "copy", m->copy, "cluster_id", f->cluster_id, "node_id",
			 f->node_id, "hostname", m->hostname, "advertise_addr",
			 m->advertise_addr, "engine", m->engine, "autolock",
			 (int)m->autolock, "managers", m->managers, "raft",
			 raft(&f->raft), "files", f->files);
}

int archive_manifest_write(const struct archive_manifest *m, struct buf *out,
			   struct err *e)
{
	struct buf text = BUF_INIT(MAX_MANIFEST), tar = BUF_INIT(MAX_MANIFEST + 4096);
	json_t *all = build(m);
	int ret = -1;

	if (!all || js_write(all, &text) || buf_adds(&text, "\n"))
		err_set(e, ERR_LOCAL, "the manifest cannot be written");
	else if (!archive_tar_file(&tar, ARCHIVE_MANIFEST, text.data, text.len,
				   time(NULL), e))
		ret = archive_gzip(out, tar.data, tar.len, e);
	json_decref(all);
	buf_free(&text);
	buf_free(&tar);
	return ret;
}
