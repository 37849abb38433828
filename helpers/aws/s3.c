/* SPDX-License-Identifier: MIT */
/* Puts, reads, lists and deletes objects in S3. */
#include "aws/s3.h"

#include "aws/internal.h"
#include "aws/service.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define MAX_PATH 4096
#define MAX_HEADER 2200
#define MOST_PAGES 100 /* of a thousand each */
#define OF_NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

struct aws_s3 {
	struct aws_service *service;
	char bucket[64];
};

static int failed(const struct aws_s3 *s, const char *key, struct err *e)
{
	return err_wrap(e, "s3://%s/%.300s", s->bucket, key);
}

static int make_path(const struct aws_s3 *s, const char *key, struct buf *out,
		     struct err *e)
{
	*out = BUF_INIT(MAX_PATH);
	buf_addf(out, "/%s/", s->bucket);
	if (aws_uri_add(out, key, true))
		return err_set(e, ERR_USAGE, "the key is too long");
	/* libcurl would take these for folders. */
	if (strstr(out->data, "/./") || strstr(out->data, "/../"))
		return err_set(e, ERR_USAGE, "a key cannot have /./ or /../ in it");
	return 0;
}

int aws_s3_open(struct aws_s3 **out, const struct aws_s3_params *p, struct err *e)
{
	const struct aws_service_params service = { "s3", p->region, p->endpoint,
						    p->allow_http };
	size_t n = strlen(p->bucket);
	struct aws_s3 *s;

	if (n < 3 || n >= sizeof(s->bucket) ||
	    strspn(p->bucket, "abcdefghijklmnopqrstuvwxyz0123456789.-") != n)
		return err_set(e, ERR_USAGE,
			       "s3://%s: expected a bucket's name, 3 to 63 small letters, "
			       "digits, dots and hyphens",
			       p->bucket);
	s = secret_calloc(1, sizeof(*s));
	if (!s)
		return err_no_memory(e);
	memcpy(s->bucket, p->bucket, n + 1);
	if (aws_service_open(&s->service, &service, e)) {
		aws_s3_free(s);
		return -1;
	}
	*out = s;
	return 0;
}

void aws_s3_free(struct aws_s3 *s)
{
	if (!s)
		return;
	aws_service_free(s->service);
	secret_free(s);
}

/* ---- put ---- */

struct put_headers {
	char sum[96], checksum[96], condition[AWS_S3_TAG + 16], key[MAX_HEADER];
};

static void set_headers(struct aws_request *r, struct put_headers *h,
			const struct aws_s3_object *o)
{
	unsigned char text[45]; /* of 32 bytes in base64, with the NUL */
	size_t n = 0, at;

	at = (size_t)snprintf(h->sum, sizeof(h->sum), "x-amz-content-sha256: ");
	for (size_t i = 0; i < 32; i++)
		snprintf(h->sum + at + 2 * i, 3, "%02x", o->sha256[i]);
	EVP_EncodeBlock(text, o->sha256, 32);
	snprintf(h->checksum, sizeof(h->checksum), "x-amz-checksum-sha256: %s",
		 (const char *)text);
	r->headers[n++] = h->sum;
	r->headers[n++] = h->checksum;
	snprintf(h->condition, sizeof(h->condition), "%s: %s",
		 o->replaces ? "If-Match" : "If-None-Match",
		 o->replaces ? o->replaces : "*");
	r->headers[n++] = h->condition;
	if (!o->kms_key)
		return;
	r->headers[n++] = "x-amz-server-side-encryption: aws:kms";
	if (!strcmp(o->kms_key, "aws/s3"))
		return;
	snprintf(h->key, sizeof(h->key),
		 "x-amz-server-side-encryption-aws-kms-key-id: %s", o->kms_key);
	r->headers[n++] = h->key;
}

int aws_s3_check_kms_key(const char *kms_key, struct err *e)
{
	if (!*kms_key || strlen(kms_key) > 2048 || strpbrk(kms_key, " \t\r\n"))
		return err_set(e, ERR_USAGE,
			       "kms_key: expected the ID, ARN or alias of a KMS key, or "
			       "aws/s3");
	if (!strcmp(kms_key, "aws/s3") || http_signs_prefixed())
		return 0;
	return err_set(e, ERR_USAGE,
		       "kms_key: the libcurl of this machine is older than 8.10 and would "
		       "sign it wrongly; make that key the default of the bucket and leave "
		       "kms_key out");
}

int aws_s3_hash(const struct buf *bytes, unsigned char sha256[32], struct err *e)
{
	if (EVP_Digest(buf_str(bytes), bytes->len, sha256, NULL, EVP_sha256(), NULL) == 1)
		return 0;
	return err_set(e, ERR_LOCAL, "libcrypto cannot hash it");
}

int aws_s3_put(struct aws_s3 *s, const struct aws_s3_object *o, const struct deadline *d,
	       struct err *e)
{
	struct aws_request r = { .action = "s3:PutObject" };
	struct put_headers headers;
	struct http_reply reply;
	struct buf path;
	int ret = -1;

	if (make_path(s, o->key, &path, e))
		goto out;
	set_headers(&r, &headers, o);
	r.http = (struct http_request){ .method = "PUT",
					.path = path.data,
					.body = o->bytes,
					.body_len = o->n,
					.type = "application/octet-stream" };
	if (aws_service_call(s->service, &r, &reply, d, e))
		goto out;
	http_reply_free(&reply);
	ret = 0;
out:
	buf_free(&path);
	return ret ? failed(s, o->key, e) : 0;
}

/* ---- get ---- */

static void copy_tag(const struct http_reply *reply, char *tag)
{
	size_t n;
	const char *text = http_reply_header(reply, "ETag", &n);

	snprintf(tag, AWS_S3_TAG, "%.*s", (int)n, text);
}

/* Reads an object piece by piece; `again` as in struct aws_request. `tag` may be NULL. */
static int get(struct aws_s3 *s, const char *key, struct aws_request *r, char *tag,
	       const struct deadline *d, struct err *e)
{
	struct http_reply reply;
	struct buf path;
	int ret = -1;

	r->action = "s3:GetObject";
	r->headers[0] = "x-amz-content-sha256: " OF_NOTHING;
	r->http.method = "GET";
	if (!make_path(s, key, &path, e)) {
		r->http.path = path.data;
		ret = aws_service_call(s->service, r, &reply, d, e);
	}
	if (!ret && tag)
		copy_tag(&reply, tag);
	if (!ret)
		http_reply_free(&reply);
	buf_free(&path);
	return ret;
}

static int keep(void *ctx, const char *bytes, size_t n)
{
	return buf_add(ctx, bytes, n);
}

static void keep_again(void *ctx)
{
	struct buf *out = ctx;

	buf_drop(out, out->len);
}

int aws_s3_get(struct aws_s3 *s, const char *key, struct buf *out, char *tag,
	       const struct deadline *d, struct err *e)
{
	struct aws_request r = { .http = { .sink = keep, .ctx = out },
				 .again = keep_again };
	int ret = get(s, key, &r, tag, d, e);

	if (out->failed)
		ret = err_set(e, ERR_REFUSED, "it is larger than %zu MiB",
			      out->max >> 20);
	return ret ? failed(s, key, e) : 0;
}

struct comparing {
	const char *bytes;
	size_t n, at;
	bool differs;
};

static void compare_again(void *ctx)
{
	struct comparing *c = ctx;

	c->at = 0;
	c->differs = false;
}

static int compare(void *ctx, const char *bytes, size_t n)
{
	struct comparing *c = ctx;

	if (n > c->n - c->at || memcmp(c->bytes + c->at, bytes, n) != 0) {
		c->differs = true;
		return -1;
	}
	c->at += n;
	return 0;
}

int aws_s3_compare(struct aws_s3 *s, const struct aws_s3_object *o,
		   const struct deadline *d, struct err *e)
{
	struct comparing c = { .bytes = o->bytes, .n = o->n };
	struct aws_request r = { .http = { .sink = compare, .ctx = &c },
				 .again = compare_again };
	int ret = get(s, o->key, &r, NULL, d, e);

	if (c.differs || (!ret && c.at != c.n))
		ret = err_set(e, ERR_REFUSED,
			      "what is there is not what was put; run this again");
	return ret ? failed(s, o->key, e) : 0;
}

static void sum_again(void *ctx)
{
	EVP_DigestInit_ex(ctx, EVP_sha256(), NULL);
}

static int sum(void *ctx, const char *bytes, size_t n)
{
	return EVP_DigestUpdate(ctx, bytes, n) == 1 ? 0 : -1;
}

int aws_s3_sum(struct aws_s3 *s, const char *key, char sha256[65],
	       const struct deadline *d, struct err *e)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	struct aws_request r = { .http = { .sink = sum, .ctx = c }, .again = sum_again };
	unsigned char out[EVP_MAX_MD_SIZE];
	int ret;

	if (!c)
		return err_no_memory(e);
	ret = get(s, key, &r, NULL, d, e);
	if (!ret && EVP_DigestFinal_ex(c, out, NULL) != 1)
		ret = err_set(e, ERR_LOCAL, "libcrypto cannot hash it");
	for (size_t i = 0; !ret && i < 32; i++)
		snprintf(sha256 + 2 * i, 3, "%02x", out[i]);
	EVP_MD_CTX_free(c);
	return ret ? failed(s, key, e) : 0;
}

/* ---- list ---- */

struct page {
	struct buf path, token; /* where the next one begins, as the server says */
	bool more;
};

/* Signed is the query as it stands, so it is sorted. */
static int page_path(const struct aws_s3 *s, const char *prefix, struct page *p,
		     struct err *e)
{
	p->path = BUF_INIT(MAX_PATH);
	buf_addf(&p->path, "/%s?", s->bucket);
	if (p->more) {
		buf_adds(&p->path, "continuation-token=");
		aws_uri_add(&p->path, buf_str(&p->token), false);
		buf_adds(&p->path, "&");
	}
	buf_adds(&p->path, "list-type=2&max-keys=1000&prefix=");
	if (!aws_uri_add(&p->path, prefix, false))
		return 0;
	return err_set(e, ERR_USAGE, "the prefix is too long");
}

static int read_keys(const char *text, const char *prefix,
		     int (*each)(void *ctx, const char *name, struct err *e), void *ctx,
		     struct err *e)
{
	size_t n, skip = strlen(prefix);
	char name[1025];

	for (; (text = aws_xml_text(text, "Key", &n)); text += n) {
		if (n < skip || n - skip >= sizeof(name) ||
		    memcmp(text, prefix, skip) != 0)
			continue;
		memcpy(name, text + skip, n - skip);
		name[n - skip] = '\0';
		if (each(ctx, name, e))
			return -1;
	}
	return 0;
}

/* What comes next, if anything does. */
static void read_rest(const char *text, struct page *p)
{
	size_t n, m;
	const char *more = aws_xml_text(text, "IsTruncated", &n);
	const char *token = aws_xml_text(text, "NextContinuationToken", &m);

	buf_drop(&p->token, p->token.len);
	p->more = more && n == 4 && !memcmp(more, "true", 4) && token;
	if (p->more)
		buf_add(&p->token, token, m);
}

int aws_s3_list(struct aws_s3 *s, const char *prefix,
		int (*each)(void *ctx, const char *name, struct err *e), void *ctx,
		const struct deadline *d, struct err *e)
{
	struct aws_request r = { .action = "s3:ListBucket",
				 .headers = { "x-amz-content-sha256: " OF_NOTHING } };
	struct page p = { .token = BUF_INIT(MAX_PATH) };
	struct http_reply reply;
	int ret = 0;

	for (int pages = 0; !ret && (!pages || p.more); pages++) {
		if (pages == MOST_PAGES)
			ret = err_set(e, ERR_REFUSED, "there are more than %d objects",
				      MOST_PAGES * 1000);
		else
			ret = page_path(s, prefix, &p, e);
		r.http = (struct http_request){ .method = "GET", .path = p.path.data };
		if (!ret)
			ret = aws_service_call(s->service, &r, &reply, d, e);
		buf_free(&p.path);
		if (ret)
			break;
		ret = read_keys(buf_str(&reply.body), prefix, each, ctx, e);
		read_rest(buf_str(&reply.body), &p);
		http_reply_free(&reply);
	}
	buf_free(&p.token);
	return ret ? failed(s, prefix, e) : 0;
}

/* ---- delete ---- */

int aws_s3_delete(struct aws_s3 *s, const char *key, const struct deadline *d,
		  struct err *e)
{
	struct aws_request r = { .action = "s3:DeleteObject",
				 .headers = { "x-amz-content-sha256: " OF_NOTHING } };
	struct http_reply reply;
	struct buf path;
	int ret = -1;

	if (!make_path(s, key, &path, e)) {
		r.http = (struct http_request){ .method = "DELETE", .path = path.data };
		ret = aws_service_call(s->service, &r, &reply, d, e);
	}
	if (!ret)
		http_reply_free(&reply);
	buf_free(&path);
	return ret && e->kind != ERR_NOT_FOUND ? failed(s, key, e) : 0;
}
