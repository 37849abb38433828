/* SPDX-License-Identifier: MIT */
/* A store in objects of a bucket: PREFIX/NAME/worker and PREFIX/NAME/manager. */
#include "store/internal.h"

#include "aws/s3.h"

static int open_bucket(struct store *s, const struct store_params *p, struct err *e)
{
	const struct aws_s3_params s3 = { .bucket = s->container,
					  .region = p->region,
					  .endpoint = p->endpoint,
					  .allow_http = p->allow_http };

	if (p->kms_key && aws_s3_check_kms_key(p->kms_key, e))
		return -1;
	return aws_s3_open(&s->s3, &s3, e);
}

static int get(struct store *s, const char *name, struct buf *out, char *tag,
	       const struct deadline *d, struct err *e)
{
	if (aws_s3_get(s->s3, name, out, tag, d, e))
		return -1;
	return *tag ? 0
		    : err_set(e, ERR_REFUSED,
			      "the server tells no ETag, by which one object is known "
			      "from another");
}

static int put(struct store *s, const char *name, const struct buf *text, const char *tag,
	       const struct deadline *d, struct err *e)
{
	unsigned char sha256[32];
	const struct aws_s3_object o = { .key = name,
					 .bytes = text->data,
					 .n = text->len,
					 .sha256 = sha256,
					 .kms_key = s->kms_key,
					 .replaces = *tag ? tag : NULL };

	if (aws_s3_hash(text, sha256, e))
		return -1;
	return aws_s3_put(s->s3, &o, d, e);
}

/* Without a condition, which not every server knows of a removal: it was this swarm's when
 * it was read, and no other one writes there before it has gone. */
static int remove_object(struct store *s, const char *name, const struct deadline *d,
			 struct err *e)
{
	return aws_s3_delete(s->s3, name, d, e);
}

static const struct store_documents objects = { get, put, remove_object };

static int read_objects(struct store *s, unsigned roles, struct store_entry *out,
			const struct deadline *d, struct err *e)
{
	return store_document_read(s, &objects, roles, out, d, e);
}

static int change_objects(struct store *s, const struct store_entry *want,
			  const struct store_entry *was, const struct deadline *d,
			  struct err *e)
{
	return store_document_change(s, &objects, want, was, d, e);
}

const struct store_kind store_s3 = { "s3://", "store_names", open_bucket, read_objects,
				     change_objects };
