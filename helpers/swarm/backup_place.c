/* SPDX-License-Identifier: MIT */
/* Where archives go: a folder of this machine, or what begins with a prefix in a bucket. */
#include "swarm/backup_internal.h"

#include "archive/folder.h"
#include "archive/writer.h"
#include "aws/s3.h"
#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MAX_KEY 1024 /* S3's own limit */

int swarm_backup_place_check(const struct swarm_backup_params *p, struct err *e)
{
	if (p->s3 || !faccessat(AT_FDCWD, p->folder, R_OK | W_OK | X_OK, AT_EACCESS))
		return 0;
	return err_set(e, ERR_LOCAL, "to: no archive can be written to the folder %s: %s",
		       p->folder, strerror(errno));
}

/* The caller frees *key. */
static int make_key(const struct swarm_backing_up *b, const char *name, struct buf *key,
		    struct err *e)
{
	*key = BUF_INIT(MAX_KEY);
	if (!buf_addf(key, "%s%s", b->params->prefix, name))
		return 0;
	return err_set(e, ERR_USAGE, "to: the prefix is too long");
}

/* ---- list ---- */

struct listing {
	struct archive_folder *folder;
	const char *cluster_id;
};

static int add(void *ctx, const char *name, struct err *e)
{
	struct listing *l = ctx;

	return archive_folder_add(l->folder, name, l->cluster_id, e);
}

int swarm_backup_place_list(const struct swarm_backing_up *b, struct archive_folder *out,
			    struct err *e)
{
	const struct swarm_backup_params *p = b->params;
	struct listing l = { out, b->m.info.cluster_id };

	if (!p->s3)
		return archive_folder_list(out, p->folder, l.cluster_id, e);
	*out = (struct archive_folder){ 0 };
	if (aws_s3_list(p->s3, p->prefix, add, &l, b->d, e)) {
		archive_folder_free(out);
		return -1;
	}
	archive_folder_sort(out);
	return 0;
}

int swarm_backup_place_sum(const struct swarm_backing_up *b, const char *name,
			   char sha256[65], struct err *e)
{
	const struct swarm_backup_params *p = b->params;
	struct buf key;
	int ret;

	if (!p->s3)
		return archive_folder_sum(p->folder, name, sha256, e);
	if (make_key(b, name, &key, e))
		return -1;
	ret = aws_s3_sum(p->s3, key.data, sha256, b->d, e);
	buf_free(&key);
	return ret;
}

/* ---- put ---- */

/* An object of that name may be this one, if the answer to the upload was lost: it is
 * read back and compared. */
int swarm_backup_place_put(const struct swarm_backing_up *b, const char *name,
			   const struct archive_writer *w, struct err *e)
{
	struct aws_s3_object o = { .kms_key = b->params->kms_key };
	struct buf key;
	int ret = -1;

	if (make_key(b, name, &key, e))
		return -1;
	o.key = key.data;
	o.bytes = archive_writer_bytes(w, &o.n, &o.sha256);
	if (!aws_s3_put(b->params->s3, &o, b->d, e) || e->kind == ERR_CONFLICT)
		ret = aws_s3_compare(b->params->s3, &o, b->d, e);
	buf_free(&key);
	return ret;
}

/* ---- keep ---- */

static int remove_one(const struct swarm_backing_up *b, const char *name, struct err *e)
{
	struct buf key;
	int ret;

	if (make_key(b, name, &key, e))
		return -1;
	ret = aws_s3_delete(b->params->s3, key.data, b->d, e);
	buf_free(&key);
	return ret;
}

int swarm_backup_place_prune(const struct swarm_backing_up *b, size_t *removed,
			     struct err *e)
{
	const struct swarm_backup_params *p = b->params;
	struct archive_stamp now = archive_stamp_now();
	struct archive_folder f;
	int ret = 0;

	if (!p->s3)
		return archive_folder_prune(p->folder, b->m.info.cluster_id, p->keep,
					    removed, e);
	*removed = 0;
	if (swarm_backup_place_list(b, &f, e))
		return -1;
	for (size_t i = archive_folder_kept(&f, p->keep, &now); !ret && i < f.count;
	     i++) {
		ret = remove_one(b, f.list[i].name, e);
		*removed += !ret;
	}
	archive_folder_free(&f);
	return ret ? err_wrap(e,
			      "the archive is there, and older ones could not be removed")
		   : 0;
}
