/*
 * s3 - objects in a bucket of S3, or of what speaks like it. Buckets are addressed by
 * their path. API: docs.aws.amazon.com/AmazonS3/latest/API.
 */
#ifndef AWS_S3_H
#define AWS_S3_H

#include <stdbool.h>
#include <stddef.h>

struct aws_s3;
struct buf;
struct deadline;
struct err;

/* Copied. */
struct aws_s3_params {
	const char *bucket;
	const char *region, *endpoint; /* as in aws_service_params */
	bool allow_http;
};

/* Errors: ERR_USAGE for a bucket's name that is none; those of aws_service_open. The caller
 * frees *out with aws_s3_free, NULL is fine. Messages of all functions name the bucket. */
int aws_s3_open(struct aws_s3 **out, const struct aws_s3_params *p, struct err *e);
void aws_s3_free(struct aws_s3 *s);

#define AWS_S3_TAG 80 /* bytes that the ETag of an object takes at most */

/* Borrowed. */
struct aws_s3_object {
	const char *key;
	const void *bytes;
	size_t n;
	const unsigned char *sha256; /* of the bytes: 32 */
	/* The KMS key that the server encrypts with, "aws/s3" for the account's own; NULL:
	 * as the bucket has it. */
	const char *kms_key;
	const char *replaces; /* the tag of the object that it may replace; NULL: none */
};

/* Whether a KMS key can be named, which libcurl before 8.10 does not sign right. Errors:
 * ERR_USAGE, saying what to do. */
int aws_s3_check_kms_key(const char *kms_key, struct err *e);

/* The SHA-256 of the bytes of an object. Errors: ERR_LOCAL. */
int aws_s3_hash(const struct buf *bytes, unsigned char sha256[32], struct err *e);

/* Puts an object that is not there yet, or is there with that tag; the server compares the
 * checksum. Errors: ERR_CONFLICT for another one, which may be of a request of this call that
 * went through unheard; those of aws_service_call. */
int aws_s3_put(struct aws_s3 *s, const struct aws_s3_object *o, const struct deadline *d,
	       struct err *e);

/* Reads an object into `out`, which is empty, up to its maximum, and its tag into the
 * AWS_S3_TAG bytes of `tag`, unless that is NULL. Errors: ERR_REFUSED for one that is larger;
 * those of aws_service_call. */
int aws_s3_get(struct aws_s3 *s, const char *key, struct buf *out, char *tag,
	       const struct deadline *d, struct err *e);

/* Reads an object back and compares it. Errors: ERR_REFUSED for other bytes; those of
 * aws_service_call. */
int aws_s3_compare(struct aws_s3 *s, const struct aws_s3_object *o,
		   const struct deadline *d, struct err *e);

/* SHA-256 of an object, which is read. Errors: those of aws_service_call. */
int aws_s3_sum(struct aws_s3 *s, const char *key, char sha256[65],
	       const struct deadline *d, struct err *e);

/* Calls `each` with what stands behind `prefix` in every key that begins so, in no certain
 * order; a return other than 0 ends it as an error. Errors: those of aws_service_call,
 * ERR_REFUSED for too many. */
int aws_s3_list(struct aws_s3 *s, const char *prefix,
		int (*each)(void *ctx, const char *name, struct err *e), void *ctx,
		const struct deadline *d, struct err *e);

/* That it is not there is no error. */
int aws_s3_delete(struct aws_s3 *s, const char *key, const struct deadline *d,
		  struct err *e);

#endif
