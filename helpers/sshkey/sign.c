/* SPDX-License-Identifier: MIT */
/* Signs with a private key as SSH's authentication wants it. */
#include "base/err.h"
#include "sshkey/internal.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>

#define LONGEST 2048 /* bytes of a signature; RSA of 16384 bits */

/* Appends what libcrypto made, in SSH's form. */
typedef int put_fn(struct buf *b, const unsigned char *made, size_t n);

static int put_as_is(struct buf *b, const unsigned char *made, size_t n)
{
	return buf_add(b, made, n);
}

static int put_ec_number(struct buf *b, const BIGNUM *n)
{
	unsigned char bytes[66];

	if (BN_bn2binpad(n, bytes, sizeof(bytes)) < 0)
		return -1;
	return ssh_wire_put_number(b, bytes, sizeof(bytes));
}

/* libcrypto gives DER; SSH wants the two numbers as mpints. */
static int put_ec(struct buf *b, const unsigned char *made, size_t n)
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &made, (long)n);
	const BIGNUM *first, *second;
	int ret = -1;

	if (sig) {
		ECDSA_SIG_get0(sig, &first, &second);
		if (!put_ec_number(b, first))
			ret = put_ec_number(b, second);
	}
	ECDSA_SIG_free(sig);
	return ret;
}

static const struct {
	const char *name;
	int id;
	const char *digest; /* NULL: built into the algorithm */
	put_fn *put;
} algorithms[] = {
	{ "rsa-sha2-512", EVP_PKEY_RSA, "SHA512", put_as_is },
	{ "rsa-sha2-256", EVP_PKEY_RSA, "SHA256", put_as_is },
	{ "ecdsa-sha2-nistp256", EVP_PKEY_EC, "SHA256", put_ec },
	{ "ecdsa-sha2-nistp384", EVP_PKEY_EC, "SHA384", put_ec },
	{ "ecdsa-sha2-nistp521", EVP_PKEY_EC, "SHA512", put_ec },
	{ "ssh-ed25519", EVP_PKEY_ED25519, NULL, put_as_is },
};

static int sign(const struct ssh_key *k, const char *digest, put_fn *put,
		const struct ssh_wire *data, struct buf *signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char made[LONGEST];
	size_t len = sizeof(made);
	int ret = -1;

	if (ctx &&
	    EVP_DigestSignInit_ex(ctx, NULL, digest, NULL, NULL, k->pkey, NULL) > 0 &&
	    EVP_DigestSign(ctx, made, &len, data->p, data->n) > 0)
		ret = put(signature, made, len);
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ret;
}

int ssh_key_sign(const struct ssh_key *k, const struct ssh_to_sign *what,
		 struct buf *signature, struct err *e)
{
	const struct ssh_wire *algorithm = &what->algorithm;
	int id = EVP_PKEY_get_base_id(k->pkey);

	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
		if (algorithms[i].id != id || !ssh_wire_is(algorithm, algorithms[i].name))
			continue;
		if (!sign(k, algorithms[i].digest, algorithms[i].put, &what->data,
			  signature))
			return 0;
		return err_set(e, ERR_LOCAL,
			       "libcrypto could not sign with private "
			       "key %s",
			       k->path);
	}
	return err_set(e, ERR_REFUSED,
		       "private key %s: the host wants a %.*s signature, which "
		       "is not made (SHA-1 is broken); use an ed25519 key",
		       k->path, (int)(algorithm->n < 64 ? algorithm->n : 64),
		       (const char *)algorithm->p);
}
