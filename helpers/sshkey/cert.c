/* SPDX-License-Identifier: MIT */
/* The certificate beside a private key. */
#include "sshkey/internal.h"

#include "base/base64.h"
#include "base/err.h"
#include "base/file.h"

#include <errno.h>
#include <libssh2.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX "-cert.pub" /* where ssh-keygen -s puts a certificate */
#define ALL_KINDS 0x010b00 /* libssh2 before 1.11 knows ECDSA ones only */

static int unsound(const struct ssh_key *k, const char *why, const char *details,
		   struct err *e)
{
	return err_set(e, ERR_LOCAL,
		       "certificate %s" SUFFIX " %s%s; sign the key "
		       "anew with `ssh-keygen -s`, or remove it",
		       k->path, why, details);
}

/* 0 when there is none. */
static int read_text(const struct ssh_key *k, struct buf *text, struct err *e)
{
	struct buf path = BUF_INIT(SSH_KEY_MAX_FILE);
	struct stat st;
	int fd, ret;

	buf_addf(&path, "%s" SUFFIX, k->path);
	fd = file_open(buf_str(&path), &st);
	buf_free(&path);
	if (fd < 0 && errno == ENOENT)
		return 0;
	ret = 0;
	if (fd < 0 || file_read(fd, text))
		ret = unsound(k, "cannot be read: ", file_why(errno), e);
	if (fd >= 0)
		close(fd);
	return ret;
}

static struct ssh_wire whole(const struct buf *b)
{
	return (struct ssh_wire){ (const unsigned char *)b->data, b->len };
}

/* A certificate is its type, a nonce, and then what the public key has behind
 * its own type (PROTOCOL.certkeys of OpenSSH). */
static bool is_of(struct ssh_wire cert, struct ssh_wire public)
{
	struct ssh_wire type, skip;
	size_t n = sizeof(SSH_KEY_CERT) - 1;

	return !ssh_wire_string(&cert, &type) && type.n > n &&
	       !memcmp(type.p + type.n - n, SSH_KEY_CERT, n) &&
	       !ssh_wire_string(&cert, &skip) && !ssh_wire_string(&public, &skip) &&
	       cert.n >= public.n && !memcmp(cert.p, public.p, public.n);
}

int ssh_key_read_cert(struct ssh_key *k, struct err *e)
{
	struct buf text = BUF_INIT(SSH_KEY_MAX_FILE);
	const char *word, *end;
	int ret = read_text(k, &text, e);

	if (ret || !text.len)
		goto out;
	word = strchr(text.data, ' ');
	word = word ? word + 1 : text.data;
	end = word + strcspn(word, " \r\n");
	if (base64_decode(&k->cert, word, (size_t)(end - word)))
		ret = unsound(k, "is damaged", "", e);
	else if (!is_of((struct ssh_wire){ (unsigned char *)k->cert.data, k->cert.len },
			whole(&k->public)))
		ret = unsound(k, "is not one of this key", "", e);
out:
	buf_free(&text);
	return ret;
}

struct ssh_wire ssh_key_cert(const struct ssh_key *k)
{
	return (struct ssh_wire){ (const unsigned char *)k->cert.data, k->cert.len };
}

bool ssh_key_cert_usable(const struct ssh_key *k)
{
	struct ssh_wire public = whole(&k->public), type;

	return k->cert.len && (libssh2_version(ALL_KINDS) ||
			       (!ssh_wire_string(&public, &type) && type.n > 6 &&
				!memcmp(type.p, "ecdsa-", 6)));
}
