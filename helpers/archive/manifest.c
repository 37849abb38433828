/* SPDX-License-Identifier: MIT */
/* Writes an archive's manifest. */
#include "archive/manifest.h"

#include "archive/gzip.h"
#include "archive/tar.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/js.h"

#include <string.h>
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

/* ---- read again ---- */

static int check_format(const json_t *m, struct err *e)
{
	int64_t format = js_number(m, "format");

	if (format == FORMAT)
		return 0;
	return err_set(e, ERR_REFUSED,
		       "its manifest has format %lld, and this program reads format %d; "
		       "take the restore-swarm that comes with the backup-swarm which wrote "
		       "it",
		       (long long)format, FORMAT);
}

/* What is told of the state twice. */
static int check_facts(const json_t *m, const struct archive_state_facts *f,
		       struct err *e)
{
	struct archive_stamp_rfc until = archive_stamp_rfc(&f->until);
	const struct {
		const char *key, *is;
	} rows[] = {
		{ "cluster_id", f->cluster_id },
		{ "node_id", f->node_id },
		{ "usable_until", until.text },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(js_text(m, rows[i].key), rows[i].is) != 0)
			return err_set(
				e, ERR_REFUSED,
				"its manifest is of another state: %s is %.64s there, "
				"and %s in the certificate",
				rows[i].key, js_text(m, rows[i].key), rows[i].is);
	if (json_equal(js_at(m, "files"), f->files))
		return 0;
	return err_set(e, ERR_REFUSED,
		       "its files are not those that its manifest has sums of");
}

static int check_rest(const struct archive_manifest *m, struct err *e)
{
	if (*m->engine && *m->advertise_addr && json_array_size(m->managers))
		return 0;
	return err_set(e, ERR_REFUSED,
		       "its manifest lacks the engine, the address or the managers");
}

int archive_manifest_read(const struct buf *text, const struct archive_state_facts *facts,
			  struct archive_manifest *out, json_t **whole, struct err *e)
{
	json_t *m = js_read(buf_str(text), text->len, ARCHIVE_MANIFEST, e);

	*whole = m;
	if (!m || check_format(m, e) || check_facts(m, facts, e))
		return -1;
	*out = (struct archive_manifest){
		.facts = facts,
		.copy = js_text(m, "copy"),
		.hostname = js_text(m, "hostname"),
		.advertise_addr = js_text(m, "advertise_addr"),
		.engine = js_text(m, "engine"),
		.autolock = js_true(m, "autolock"),
		.managers = js_at(m, "managers"),
	};
	return check_rest(out, e);
}
