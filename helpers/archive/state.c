/* SPDX-License-Identifier: MIT */
/* Reads a packed copy of a swarm's state: checks it and says what it is. */
#include "archive/state.h"

#include "archive/gzip.h"
#include "archive/tar.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#define MAX_FILES 4096
#define MAX_CERTIFICATE 65536
#define CERTIFICATE "swarm/certificates/swarm-node.crt"
#define KEY "swarm/certificates/swarm-node.key"
#define RAFT "swarm/raft/"

struct archive_state {
	struct archive_gunzip *gunzip;
	struct archive_tar tar;
	struct raft_log *raft;
	EVP_MD_CTX *whole, *file; /* SHA-256 */
	json_t *files;
	char name[ARCHIVE_TAR_NAME];
	uint64_t size, bytes;
	bool is_raft, is_certificate, has_key;
	struct buf certificate;
};

/* ---- SHA-256 ---- */

static int begin_sum(EVP_MD_CTX *c, struct err *e)
{
	return EVP_DigestInit_ex(c, EVP_sha256(), NULL) == 1
		       ? 0
		       : err_set(e, ERR_LOCAL, "libcrypto has no SHA-256");
}

static void end_sum(EVP_MD_CTX *c, char *out)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	EVP_DigestFinal_ex(c, sum, &n);
	for (unsigned i = 0; i < n && i < 32; i++)
		snprintf(out + 2 * i, 3, "%02x", sum[i]);
}

/* ---- the files ---- */

static int begin(void *ctx, const char *name, uint64_t size, struct err *e)
{
	struct archive_state *s = ctx;
	const char *last = strrchr(name, '/');

	if (json_object_size(s->files) == MAX_FILES)
		return err_set(e, ERR_REFUSED, "it has more than %d files", MAX_FILES);
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->size = size;
	s->is_raft = !strncmp(name, RAFT, sizeof(RAFT) - 1);
	s->is_certificate = !strcmp(name, CERTIFICATE);
	s->has_key |= !strcmp(name, KEY) && size;
	if (s->is_raft && raft_log_begin(s->raft, last + 1, e))
		return -1;
	return begin_sum(s->file, e);
}

static int data(void *ctx, const void *bytes, size_t n, struct err *e)
{
	struct archive_state *s = ctx;

	EVP_DigestUpdate(s->file, bytes, n);
	if (s->is_certificate && buf_add(&s->certificate, bytes, n))
		return err_set(e, ERR_REFUSED, "%s is too large", s->name);
	return s->is_raft ? raft_log_add(s->raft, bytes, n, e) : 0;
}

static int end(void *ctx, struct err *e)
{
	struct archive_state *s = ctx;
	char sum[65];

	end_sum(s->file, sum);
	if (json_object_set_new(s->files, s->name,
				json_pack("{s:I,s:s}", "size", (json_int_t)s->size,
					  "sha256", sum)))
		return err_set(e, ERR_REFUSED, "it has a file whose name is no text");
	return s->is_raft ? raft_log_end(s->raft, e) : 0;
}

static int unpacked(void *ctx, const void *bytes, size_t n, struct err *e)
{
	struct archive_state *s = ctx;

	return archive_tar_add(&s->tar, bytes, n, e);
}

struct archive_state *archive_state_new(void)
{
	static const struct archive_tar_reader reader = { begin, data, end };
	struct archive_state *s = secret_calloc(1, sizeof(*s));
	struct err ignored;

	if (!s)
		return NULL;
	s->tar = (struct archive_tar){ .reader = &reader, .ctx = s };
	s->certificate = BUF_INIT(MAX_CERTIFICATE);
	s->gunzip = archive_gunzip_new(unpacked, s);
	s->raft = raft_log_new();
	s->whole = EVP_MD_CTX_new();
	s->file = EVP_MD_CTX_new();
	s->files = json_object();
	if (s->gunzip && s->raft && s->whole && s->file && s->files &&
	    !begin_sum(s->whole, &ignored))
		return s;
	archive_state_free(s);
	return NULL;
}

int archive_state_add(void *state, const void *bytes, size_t n, struct err *e)
{
	struct archive_state *s = state;

	EVP_DigestUpdate(s->whole, bytes, n);
	s->bytes += n;
	return archive_gunzip_add(s->gunzip, bytes, n, e);
}

/* ---- the certificate ---- */

static int read_name(X509 *cert, int nid, char *out, size_t size, struct err *e)
{
	if (X509_NAME_get_text_by_NID(X509_get_subject_name(cert), nid, out, (int)size) >
	    0)
		return 0;
	return err_set(e, ERR_REFUSED, "%s names no node of a swarm", CERTIFICATE);
}

static int read_until(X509 *cert, struct archive_stamp *out, struct err *e)
{
	char text[ARCHIVE_STAMP_BYTES + 1];
	struct tm tm;

	if (!ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) ||
	    strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &tm) != ARCHIVE_STAMP_BYTES ||
	    !archive_stamp_read(out, text, sizeof(text) - 1))
		return err_set(e, ERR_REFUSED, "%s does not say when it ends",
			       CERTIFICATE);
	return 0;
}

/* Its subject is O = swarm, OU = role, CN = node (swarmkit ca/certificates.go). */
static int read_certificate(const struct buf *pem, struct archive_state_facts *out,
			    struct err *e)
{
	BIO *b = BIO_new_mem_buf(buf_str(pem), (int)pem->len);
	X509 *cert = b ? PEM_read_bio_X509(b, NULL, NULL, NULL) : NULL;
	int ret = -1;

	if (!cert)
		err_set(e, ERR_REFUSED, pem->len ? "%s is no certificate" : "it lacks %s",
			CERTIFICATE);
	else if (!read_name(cert, NID_commonName, out->node_id, sizeof(out->node_id),
			    e) &&
		 !read_name(cert, NID_organizationName, out->cluster_id,
			    sizeof(out->cluster_id), e))
		ret = read_until(cert, &out->until, e);
	X509_free(cert);
	BIO_free(b);
	return ret;
}

int archive_state_judge(struct archive_state *s, struct archive_state_facts *out,
			struct err *e)
{
	memset(out, 0, sizeof(*out));
	if (archive_gunzip_end(s->gunzip, e) || archive_tar_end(&s->tar, e) ||
	    raft_log_judge(s->raft, &out->raft, e) ||
	    read_certificate(&s->certificate, out, e))
		return -1;
	if (!s->has_key)
		return err_set(e, ERR_REFUSED, "it lacks %s", KEY);
	end_sum(s->whole, out->sha256);
	out->bytes = s->bytes;
	out->files = json_incref(s->files);
	return 0;
}

void archive_state_free(struct archive_state *s)
{
	if (!s)
		return;
	archive_gunzip_free(s->gunzip);
	raft_log_free(s->raft);
	EVP_MD_CTX_free(s->whole);
	EVP_MD_CTX_free(s->file);
	json_decref(s->files);
	buf_free(&s->certificate);
	secret_free(s);
}

void archive_state_wipe(struct archive_state_facts *f)
{
	json_decref(f->files);
	secret_wipe(f, sizeof(*f));
}
