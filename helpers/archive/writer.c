/* SPDX-License-Identifier: MIT */
/* Writes an archive file, encrypted where that is wanted. */
#include "archive/writer.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_CERTIFICATE (1u << 20)
#define MAX_MEMORY (256u << 20)

struct archive_recipient {
	X509 *cert;
};

struct archive_writer {
	int folder, fd;
	const char *where; /* the folder, borrowed, for messages */
	char name[256], part[300];
	BIO *sum;  /* hashes and writes on to the file */
	BIO *head; /* where bytes go in: `sum`, or what encrypts in front of it */
	CMS_ContentInfo *cms;
	bool there;  /* the unfinished file */
	BIO *memory; /* in place of it; part of the chain, or NULL */
	unsigned char digest[EVP_MAX_MD_SIZE];
};

/* ---- for whom ---- */

/* `whole`: a message at once, NULL for one that is written to. */
static CMS_ContentInfo *new_message(X509 *cert, BIO *whole)
{
	unsigned how = CMS_BINARY | (whole ? 0 : CMS_STREAM | CMS_PARTIAL);
	STACK_OF(X509) *to = sk_X509_new_null();
	CMS_ContentInfo *cms = NULL;

	if (to && sk_X509_push(to, cert))
		cms = CMS_encrypt(to, whole, EVP_aes_256_gcm(), how);
	sk_X509_free(to);
	return cms;
}

/* Of some keys CMS says only when it encrypts that it cannot. */
static bool can_encrypt_to(X509 *cert)
{
	BIO *b = BIO_new_mem_buf("x", 1);
	CMS_ContentInfo *cms = b ? new_message(cert, b) : NULL;
	bool can = cms != NULL;

	CMS_ContentInfo_free(cms);
	BIO_free(b);
	return can;
}

static int check(const struct archive_recipient *r, const char *path, struct err *e)
{
	if (!r->cert)
		return err_set(e, ERR_USAGE,
			       "encrypt_to: %s has no certificate; give an X.509 "
			       "certificate as PEM",
			       path);
	if (!can_encrypt_to(r->cert))
		return err_set(e, ERR_USAGE,
			       "encrypt_to: nothing can be encrypted to the key of %s; "
			       "give a certificate with an RSA or EC key",
			       path);
	return 0;
}

int archive_recipient_read(struct archive_recipient **out, const char *path,
			   struct err *e)
{
	struct archive_recipient *r = secret_calloc(1, sizeof(*r));
	struct buf text = BUF_INIT(MAX_CERTIFICATE);
	struct stat st;
	int fd = file_open(path, &st), ret = -1;
	BIO *b = NULL;

	if (!r) {
		err_no_memory(e);
	} else if (fd < 0 || file_read(fd, &text)) {
		err_set(e, ERR_USAGE, "encrypt_to: %s cannot be read: %s", path,
			file_why(errno));
	} else {
		b = BIO_new_mem_buf(buf_str(&text), (int)text.len);
		r->cert = b ? PEM_read_bio_X509(b, NULL, NULL, NULL) : NULL;
		ret = check(r, path, e);
	}
	BIO_free(b);
	if (fd >= 0)
		close(fd);
	buf_free(&text);
	if (ret)
		archive_recipient_free(r);
	else
		*out = r;
	return ret;
}

void archive_recipient_free(struct archive_recipient *r)
{
	if (!r)
		return;
	X509_free(r->cert);
	secret_free(r);
}

/* ---- the file ---- */

static int failed(const struct archive_writer *w, const char *what, int error,
		  struct err *e)
{
	return err_set(e, ERR_LOCAL, "%s/%s cannot be %s: %s", w->where, w->name, what,
		       error ? strerror(error) : "libcrypto refuses");
}

static int open_file(struct archive_writer *w, struct err *e)
{
	w->folder = open(w->where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->folder < 0)
		return err_set(e, ERR_LOCAL,
			       "to: the folder %s cannot be opened: %s; make it first",
			       w->where, strerror(errno));
	w->fd = openat(w->folder, w->part,
		       O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (w->fd < 0)
		return failed(w, "made", errno, e);
	w->there = true;
	/* A file that nobody has locked was left by a run that was killed. */
	if (flock(w->fd, LOCK_EX | LOCK_NB))
		return failed(w, "locked", errno, e);
	return 0;
}

static int open_chain(struct archive_writer *w, const struct archive_recipient *to,
		      struct err *e)
{
	BIO *file = w->memory ? w->memory : BIO_new_fd(w->fd, BIO_NOCLOSE);

	w->sum = BIO_new(BIO_f_md());
	if (!file || !w->sum || BIO_set_md(w->sum, EVP_sha256()) != 1) {
		BIO_free(file);
		w->memory = NULL;
		return failed(w, "written", 0, e);
	}
	BIO_push(w->sum, file);
	w->head = w->sum;
	if (!to)
		return 0;
	w->cms = new_message(to->cert, NULL);
	w->head = w->cms ? BIO_new_CMS(w->sum, w->cms) : NULL;
	if (w->head)
		return 0;
	w->head = w->sum;
	return failed(w, "encrypted", 0, e);
}

static struct archive_writer *new_writer(const char *where, const char *name)
{
	struct archive_writer *w = secret_calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->folder = w->fd = -1;
	w->where = where;
	snprintf(w->name, sizeof(w->name), "%s", name);
	snprintf(w->part, sizeof(w->part), ".%s.part", name);
	return w;
}

int archive_writer_open_memory(struct archive_writer **out, const char *name,
			       const struct archive_recipient *to, struct err *e)
{
	struct archive_writer *w = new_writer("memory", name);

	if (!w)
		return err_no_memory(e);
	w->memory = BIO_new(BIO_s_mem());
	if (!w->memory || open_chain(w, to, e)) {
		if (!w->memory)
			err_no_memory(e);
		archive_writer_free(w);
		return -1;
	}
	*out = w;
	return 0;
}

int archive_writer_open(struct archive_writer **out, const char *folder, const char *name,
			const struct archive_recipient *to, struct err *e)
{
	struct archive_writer *w = new_writer(folder, name);

	if (!w)
		return err_no_memory(e);
	if (open_file(w, e) || open_chain(w, to, e)) {
		archive_writer_free(w);
		return -1;
	}
	*out = w;
	return 0;
}

int archive_writer_add(void *writer, const void *bytes, size_t n, struct err *e)
{
	struct archive_writer *w = writer;
	const char *p = bytes;
	int done;

	for (; n; n -= (size_t)done, p += done) {
		errno = 0;
		done = BIO_write(w->head, p, n > 1 << 20 ? 1 << 20 : (int)n);
		if (done <= 0)
			return failed(w, "written", errno, e);
	}
	if (!w->memory || BIO_ctrl_pending(w->memory) <= MAX_MEMORY)
		return 0;
	return err_set(e, ERR_REFUSED,
		       "%s: it is larger than %u MiB; put it into a folder of this machine",
		       w->name, MAX_MEMORY >> 20);
}

/* Takes what encrypts away from what writes on. */
static void end_encryption(struct archive_writer *w)
{
	while (w->head && w->head != w->sum) {
		BIO *next = BIO_pop(w->head);

		BIO_free(w->head);
		w->head = next;
	}
}

static int flush(struct archive_writer *w, struct err *e)
{
	errno = 0;
	if (BIO_flush(w->head) != 1)
		return failed(w, "written", errno, e);
	end_encryption(w);
	if (!w->memory && fsync(w->fd))
		return failed(w, "written", errno, e);
	return 0;
}

int archive_writer_finish(struct archive_writer *w, char sha256[65], struct err *e)
{
	if (flush(w, e))
		return -1;
	if (BIO_gets(w->sum, (char *)w->digest, sizeof(w->digest)) != 32)
		return failed(w, "hashed", 0, e);
	for (int i = 0; i < 32; i++)
		snprintf(sha256 + 2 * i, 3, "%02x", w->digest[i]);
	if (w->memory)
		return 0;
	if (renameat(w->folder, w->part, w->folder, w->name))
		return failed(w, "put in its place", errno, e);
	w->there = false;
	/* Some file systems cannot flush a folder; the rename is done. */
	if (fsync(w->folder) && errno != EINVAL && errno != ENOTSUP)
		return failed(w, "put in its place", errno, e);
	return 0;
}

const char *archive_writer_bytes(const struct archive_writer *w, size_t *n,
				 const unsigned char **sha256)
{
	char *bytes = NULL;
	long count = BIO_get_mem_data(w->memory, &bytes);

	*n = count > 0 ? (size_t)count : 0;
	*sha256 = w->digest;
	return bytes;
}

void archive_writer_free(struct archive_writer *w)
{
	if (!w)
		return;
	end_encryption(w);
	BIO_free_all(w->sum);
	CMS_ContentInfo_free(w->cms);
	if (w->there)
		unlinkat(w->folder, w->part, 0);
	if (w->fd >= 0)
		close(w->fd);
	if (w->folder >= 0)
		close(w->folder);
	secret_free(w);
}
