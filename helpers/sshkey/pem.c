/* SPDX-License-Identifier: MIT */
/* Reads key files in PEM and PKCS#8 by libcrypto. */
#include "base/err.h"
#include "sshkey/internal.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

/* libcrypto would ask the terminal if it got no callback. */
static int give_passphrase(char *to, int size, int writing, void *ctx)
{
	const char *passphrase = ctx;
	size_t n = passphrase ? strlen(passphrase) : 0;

	(void)writing;
	if (!n || n > (size_t)size)
		return -1;
	memcpy(to, passphrase, n);
	return (int)n;
}

/* "DEK-Info: AES-128-CBC,..." of a PEM file (RFC 1421 section 4.6.1.3). */
static int check_cipher(const struct ssh_key *k, struct err *e)
{
	static const char dek[] = "DEK-Info: ";
	const char *p = strstr(buf_str(&k->text), dek);
	EVP_CIPHER *cipher;
	char name[64], why[128];
	size_t n;

	if (!p)
		return 0;
	p += sizeof(dek) - 1;
	n = strcspn(p, ",\r\n");
	if (n >= sizeof(name))
		n = sizeof(name) - 1;
	memcpy(name, p, n);
	name[n] = '\0';
	cipher = EVP_CIPHER_fetch(NULL, name, NULL);
	ERR_clear_error();
	EVP_CIPHER_free(cipher);
	if (cipher)
		return 0;
	snprintf(why, sizeof(why), "is encrypted with %s, which this libcrypto lacks",
		 name);
	return ssh_key_to_rewrite(k, why, "", e);
}

int ssh_key_read_pem(struct ssh_key *k, const char *passphrase, struct err *e)
{
	bool encrypted = strstr(buf_str(&k->text), "ENCRYPTED");
	BIO *bio;

	if (ssh_key_check_rounds(k, e))
		return -1;
	if (encrypted && !passphrase)
		return ssh_key_wants_passphrase(k, e);
	if (check_cipher(k, e))
		return -1;
	bio = BIO_new_mem_buf(k->text.data, (int)k->text.len);
	if (!bio)
		return err_set(e, ERR_LOCAL, "out of memory for private key %s", k->path);
	k->pkey = PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, (void *)passphrase);
	BIO_free(bio);
	ERR_clear_error();
	if (k->pkey)
		return ssh_key_derive_public(k, e);
	if (encrypted)
		return ssh_key_wrong_passphrase(k, e);
	return err_set(e, ERR_LOCAL,
		       "private key %s is damaged, or of a kind that "
		       "libcrypto cannot read",
		       k->path);
}

static int put_bn(struct buf *b, const BIGNUM *n)
{
	unsigned char bytes[2048];

	if (BN_bn2binpad(n, bytes, sizeof(bytes)) < 0)
		return -1;
	return ssh_wire_put_number(b, bytes, sizeof(bytes));
}

static int put_rsa(struct buf *b, const EVP_PKEY *pkey)
{
	BIGNUM *n = NULL, *exponent = NULL;
	int ret = -1;

	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) &&
	    EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &exponent)) {
		ssh_wire_put_string(b, "ssh-rsa", 7);
		put_bn(b, exponent);
		ret = put_bn(b, n);
	}
	BN_clear_free(n);
	BN_clear_free(exponent);
	return ret;
}

static int put_ed25519(struct buf *b, const EVP_PKEY *pkey)
{
	unsigned char raw[32];
	size_t n = sizeof(raw);

	if (!EVP_PKEY_get_raw_public_key(pkey, raw, &n))
		return -1;
	ssh_wire_put_string(b, "ssh-ed25519", 11);
	return ssh_wire_put_string(b, raw, n);
}

static const struct {
	const char *group; /* libcrypto's name */
	const char *curve; /* RFC 5656 section 10.1 */
	int bytes;         /* of a coordinate */
} curves[] = {
	{ "prime256v1", "nistp256", 32 },
	{ "secp384r1", "nistp384", 48 },
	{ "secp521r1", "nistp521", 66 },
};

const char *ssh_key_group(const struct ssh_wire *curve)
{
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (ssh_wire_is(curve, curves[i].curve))
			return curves[i].group;
	return NULL;
}

static int put_point(struct buf *b, const EVP_PKEY *pkey, int bytes)
{
	BIGNUM *x = NULL, *y = NULL;
	unsigned char point[1 + 2 * 66] = { 4 /* not compressed */ };
	int ret = -1;

	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_X, &x) &&
	    EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &y) &&
	    BN_bn2binpad(x, point + 1, bytes) == bytes &&
	    BN_bn2binpad(y, point + 1 + bytes, bytes) == bytes)
		ret = ssh_wire_put_string(b, point, 1 + 2 * (size_t)bytes);
	BN_clear_free(x);
	BN_clear_free(y);
	return ret;
}

static int put_ec(struct buf *b, const EVP_PKEY *pkey)
{
	char group[64], type[64];
	size_t n;

	if (!EVP_PKEY_get_group_name(pkey, group, sizeof(group), &n))
		return -1;
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
		if (strcmp(group, curves[i].group))
			continue;
		snprintf(type, sizeof(type), "ecdsa-sha2-%s", curves[i].curve);
		ssh_wire_put_string(b, type, strlen(type));
		ssh_wire_put_string(b, curves[i].curve, strlen(curves[i].curve));
		return put_point(b, pkey, curves[i].bytes);
	}
	return -1;
}

static const struct {
	int id;
	int (*put)(struct buf *b, const EVP_PKEY *pkey);
} kinds[] = {
	{ EVP_PKEY_RSA, put_rsa },
	{ EVP_PKEY_EC, put_ec },
	{ EVP_PKEY_ED25519, put_ed25519 },
};

int ssh_key_derive_public(struct ssh_key *k, struct err *e)
{
	int id = EVP_PKEY_get_base_id(k->pkey);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].id == id && !kinds[i].put(&k->public, k->pkey))
			return 0;
	ERR_clear_error();
	return err_set(e, ERR_REFUSED,
		       "private key %s is of a kind that SSH does "
		       "not know; use an ed25519 key",
		       k->path);
}
