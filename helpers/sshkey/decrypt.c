/* SPDX-License-Identifier: MIT */
/* Decrypts the private part of an OpenSSH key file. */
#include "base/err.h"
#include "base/secret.h"
#include "sshkey/bcrypt.h"
#include "sshkey/internal.h"

#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

/* Rounds of bcrypt, each of which takes some 10 ms.
 * ssh-keygen(1) makes 16 or 24 (DEFAULT_ROUNDS in OpenSSH's sshkey.c), people
 * who follow guides to hardening 100 to 500 (its option -a). */
#define MOST_ROUNDS 512
#define MOST_KEY_IV 64 /* bytes */
#define TAG_LEN 16

/* OpenSSH's names for libcrypto's ciphers. chacha20-poly1305@openssh.com is a
 * construction of OpenSSH's own. */
static const struct cipher {
	const char *name;
	const char *evp;
	unsigned char key, iv; /* bytes */
	bool tag;              /* authenticated by a tag behind the text */
} ciphers[] = {
	{ "aes256-ctr", "AES-256-CTR", 32, 16, false },
	{ "aes192-ctr", "AES-192-CTR", 24, 16, false },
	{ "aes128-ctr", "AES-128-CTR", 16, 16, false },
	{ "aes256-cbc", "AES-256-CBC", 32, 16, false },
	{ "aes192-cbc", "AES-192-CBC", 24, 16, false },
	{ "aes128-cbc", "AES-128-CBC", 16, 16, false },
	{ "3des-cbc", "DES-EDE3-CBC", 24, 8, false },
	{ "aes256-gcm@openssh.com", "AES-256-GCM", 32, 12, true },
	{ "aes128-gcm@openssh.com", "AES-128-GCM", 16, 12, true },
};

static const struct cipher *find_cipher(const struct ssh_wire *name)
{
	for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++)
		if (ssh_wire_is(name, ciphers[i].name))
			return &ciphers[i];
	return NULL;
}

static int unsupported(const struct ssh_key *k, const struct ssh_wire *what,
		       struct err *e)
{
	char why[128];

	snprintf(why, sizeof(why), "is encrypted with %.*s, which is not supported",
		 (int)(what->n < 64 ? what->n : 64), (const char *)what->p);
	return ssh_key_to_rewrite(k, why, "-Z aes256-ctr ", e);
}

static int bad_derivation(const struct ssh_key *k, struct err *e)
{
	return err_set(e, ERR_REFUSED,
		       "private key %s cannot be decrypted: its key "
		       "derivation is damaged",
		       k->path);
}

static int read_options(const struct ssh_key *k, const struct ssh_key_box *box,
			struct ssh_bcrypt *from, struct err *e)
{
	struct ssh_wire w = box->kdf_options;

	if (ssh_wire_string(&w, &from->salt) || ssh_wire_u32(&w, &from->rounds))
		return bad_derivation(k, e);
	if (from->rounds > MOST_ROUNDS)
		return ssh_key_too_many_rounds(k, from->rounds, MOST_ROUNDS, e);
	return 0;
}

static int derive(const struct ssh_key *k, const struct ssh_bcrypt *from,
		  unsigned char *out, size_t n, const struct deadline *d, struct err *e)
{
	if (!ssh_bcrypt_pbkdf(from, out, n, d))
		return 0;
	return ssh_key_late(k, d, e) ? -1 : bad_derivation(k, e);
}

/* Returns -1 also when the tag does not fit. */
static int run(const struct cipher *c, const struct ssh_key_box *box,
	       const unsigned char *key, unsigned char *out)
{
	EVP_CIPHER *evp = EVP_CIPHER_fetch(NULL, c->evp, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char tag[TAG_LEN] = { 0 };
	int n = 0, rest = 0, ret = -1;

	if (c->tag && box->tag.n == TAG_LEN)
		memcpy(tag, box->tag.p, TAG_LEN);
	if (evp && ctx && EVP_DecryptInit_ex2(ctx, evp, key, key + c->key, NULL) &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0) &&
	    (!c->tag ||
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag) > 0) &&
	    EVP_DecryptUpdate(ctx, out, &n, box->private.p, (int)box->private.n) &&
	    EVP_DecryptFinal_ex(ctx, out + n, &rest))
		ret = 0;
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(evp);
	ERR_clear_error();
	return ret;
}

int ssh_key_decrypt(const struct ssh_key *k, const struct ssh_key_box *box,
		    const char *passphrase, unsigned char *out, const struct deadline *d,
		    struct err *e)
{
	const struct cipher *c = find_cipher(&box->cipher);
	struct ssh_bcrypt from = { .passphrase = passphrase };
	unsigned char key[MOST_KEY_IV];
	int ret = -1;

	if (!c || !ssh_wire_is(&box->kdf, "bcrypt"))
		return unsupported(k, c ? &box->kdf : &box->cipher, e);
	if (!passphrase)
		return ssh_key_wants_passphrase(k, e);
	if (read_options(k, box, &from, e))
		return -1;
	if (derive(k, &from, key, (size_t)c->key + c->iv, d, e))
		goto out;
	if (run(c, box, key, out))
		ssh_key_wrong_passphrase(k, e);
	else
		ret = 0;
out:
	secret_wipe(key, sizeof(key));
	return ret;
}
