/* SPDX-License-Identifier: MIT */
/* Opens what is encrypted to somebody's certificate. */
#include "archive/envelope.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_KEY (1u << 20)
#define SEQUENCE 0x30 /* how DER begins */

bool archive_envelope_is(const struct buf *bytes)
{
	return bytes->len && (unsigned char)bytes->data[0] == SEQUENCE;
}

/* Instead of libcrypto's own, which asks at the terminal. */
static int no_passphrase(char *out, int size, int writing, void *ctx)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)ctx;
	return -1;
}

static int read_key(const char *path, EVP_PKEY **out, struct err *e)
{
	struct buf text = BUF_INIT(MAX_KEY);
	struct stat st;
	int fd = file_open(path, &st), ret = -1;
	BIO *b = NULL;

	*out = NULL;
	if (fd < 0 || file_read(fd, &text)) {
		err_set(e, ERR_USAGE, "decrypt_with: %s cannot be read: %s", path,
			file_why(errno));
		goto out;
	}
	b = BIO_new_mem_buf(buf_str(&text), (int)text.len);
	*out = b ? PEM_read_bio_PrivateKey(b, NULL, no_passphrase, NULL) : NULL;
	ret = *out ? 0
		   : err_set(e, ERR_USAGE,
			     "decrypt_with: %s has no private key; give one as PEM, "
			     "without a passphrase",
			     path);
out:
	BIO_free(b);
	if (fd >= 0)
		close(fd);
	buf_free(&text);
	return ret;
}

/* libcrypto writes before it has seen the end: hence into memory of its own. */
static int decrypt(CMS_ContentInfo *cms, EVP_PKEY *key, struct buf *out)
{
	BIO *plain = BIO_new(BIO_s_mem());
	int ret = -1;
	char *text;
	long n;

	if (plain && CMS_decrypt(cms, key, NULL, NULL, plain, CMS_BINARY) == 1) {
		n = BIO_get_mem_data(plain, &text);
		ret = n > 0 ? buf_add(out, text, (size_t)n) : -1;
	}
	BIO_free(plain);
	return ret;
}

int archive_envelope_open(const struct buf *in, const char *key, struct buf *out,
			  struct err *e)
{
	EVP_PKEY *pkey;
	BIO *b;
	CMS_ContentInfo *cms;
	int ret = -1;

	if (read_key(key, &pkey, e))
		return -1;
	b = BIO_new_mem_buf(buf_str(in), (int)in->len);
	cms = b ? d2i_CMS_bio(b, NULL) : NULL;
	if (!cms)
		err_set(e, ERR_REFUSED, "it is damaged: no gzip stream, and no CMS");
	else if (decrypt(cms, pkey, out))
		err_set(e, ERR_REFUSED,
			"it does not open with %s: it is damaged, or was encrypted to "
			"another key's certificate",
			key);
	else
		ret = 0;
	CMS_ContentInfo_free(cms);
	BIO_free(b);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return ret;
}
