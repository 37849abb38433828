/* SPDX-License-Identifier: MIT */
/* Reads key files in OpenSSH's own format. */
#include "base/base64.h"
#include "base/err.h"
#include "base/secret.h"
#include "sshkey/internal.h"

#include <string.h>

/* The format: PROTOCOL.key of OpenSSH. */
static const char magic[] = "openssh-key-v1"; /* with its NUL */

static const struct {
	const char *type;
	const char *refusal; /* NULL for what can be used */
} types[] = {
	{ "ssh-ed25519", NULL },
	{ "ecdsa-sha2-nistp256", NULL },
	{ "ecdsa-sha2-nistp384", NULL },
	{ "ecdsa-sha2-nistp521", NULL },
	{ "ssh-rsa", NULL },
	{ "sk-ssh-ed25519@openssh.com",
	  "lives in a security key, which cannot be used here" },
	{ "sk-ecdsa-sha2-nistp256@openssh.com",
	  "lives in a security key, which cannot be used here" },
	{ "ssh-dss", "is a DSA key, which today's hosts refuse" },
};

static int damaged(const struct ssh_key *k, struct err *e)
{
	return err_set(e, ERR_LOCAL,
		       "private key %s is damaged: it is no valid "
		       "OpenSSH key file",
		       k->path);
}

static int open_box(struct ssh_key_box *box, const struct buf *bytes)
{
	struct ssh_wire w = { (const unsigned char *)bytes->data, bytes->len };
	struct ssh_wire public;
	uint32_t count;

	if (w.n < sizeof(magic) || memcmp(w.p, magic, sizeof(magic)))
		return -1;
	w.p += sizeof(magic);
	w.n -= sizeof(magic);
	if (ssh_wire_string(&w, &box->cipher) || ssh_wire_string(&w, &box->kdf) ||
	    ssh_wire_string(&w, &box->kdf_options) || ssh_wire_u32(&w, &count) ||
	    count != 1 || ssh_wire_string(&w, &public) ||
	    ssh_wire_string(&w, &box->private))
		return -1;
	box->tag = w;
	return ssh_wire_string(&public, &box->type);
}

static int check_type(const struct ssh_key *k, const struct ssh_key_box *box,
		      struct err *e)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!ssh_wire_is(&box->type, types[i].type))
			continue;
		if (!types[i].refusal)
			return 0;
		return err_set(e, ERR_REFUSED,
			       "private key %s %s; use an ed25519 "
			       "key",
			       k->path, types[i].refusal);
	}
	return err_set(e, ERR_REFUSED,
		       "private key %s is a %.*s key, which is not "
		       "supported; use an ed25519 key",
		       k->path, (int)(box->type.n < 64 ? box->type.n : 64),
		       (const char *)box->type.p);
}

/* Two equal numbers are in front, so that a wrong passphrase shows. */
static bool is_open(struct ssh_wire *w)
{
	uint32_t check[2];

	return !ssh_wire_u32(w, &check[0]) && !ssh_wire_u32(w, &check[1]) &&
	       check[0] == check[1];
}

static int take_key(struct ssh_key *k, struct ssh_wire w, bool encrypted, struct err *e)
{
	if (!is_open(&w))
		return encrypted ? ssh_key_wrong_passphrase(k, e) : damaged(k, e);
	k->pkey = ssh_key_read_private(w);
	return k->pkey ? ssh_key_derive_public(k, e) : damaged(k, e);
}

static int understand(struct ssh_key *k, const struct ssh_key_box *box,
		      const char *passphrase, const struct deadline *d, struct err *e)
{
	size_t n = box->private.n;
	unsigned char *plain;
	int ret = -1;

	if (check_type(k, box, e))
		return -1;
	if (ssh_wire_is(&box->cipher, "none"))
		return take_key(k, box->private, false, e);
	/* A block more, since libcrypto does not promise to write no further. */
	plain = secret_malloc(n + EVP_MAX_BLOCK_LENGTH);
	if (!plain)
		return err_set(e, ERR_LOCAL, "out of memory for private key %s", k->path);
	if (!ssh_key_decrypt(k, box, passphrase, plain, d, e))
		ret = take_key(k, (struct ssh_wire){ plain, n }, true, e);
	secret_free(plain);
	return ret;
}

int ssh_key_read_openssh(struct ssh_key *k, const char *text, size_t n,
			 const char *passphrase, const struct deadline *d, struct err *e)
{
	struct buf bytes = BUF_INIT(SSH_KEY_MAX_FILE);
	struct ssh_key_box box;
	int ret;

	if (base64_decode(&bytes, text, n) || open_box(&box, &bytes))
		ret = damaged(k, e);
	else
		ret = understand(k, &box, passphrase, d, e);
	buf_free(&bytes);
	return ret;
}
