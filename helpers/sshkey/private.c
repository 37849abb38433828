/* SPDX-License-Identifier: MIT */
/* Makes a libcrypto key of the private part of an OpenSSH key file. */
#include "sshkey/internal.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

/* The numbers of an RSA key, as the file orders them and two derived ones. */
enum { N, E, D, IQMP, P, Q, IN_FILE, DMP1 = IN_FILE, DMQ1, NUMBERS };

static const char *const rsa_parameters[NUMBERS] = {
	[N] = OSSL_PKEY_PARAM_RSA_N,
	[E] = OSSL_PKEY_PARAM_RSA_E,
	[D] = OSSL_PKEY_PARAM_RSA_D,
	[P] = OSSL_PKEY_PARAM_RSA_FACTOR1,
	[Q] = OSSL_PKEY_PARAM_RSA_FACTOR2,
	[DMP1] = OSSL_PKEY_PARAM_RSA_EXPONENT1,
	[DMQ1] = OSSL_PKEY_PARAM_RSA_EXPONENT2,
	[IQMP] = OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

/* Takes the builder's parameters. */
static EVP_PKEY *build(const char *algorithm, OSSL_PARAM_BLD *bld)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY *pkey = NULL;

	if (ctx && params && EVP_PKEY_fromdata_init(ctx) > 0)
		EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params);
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

/* A number of its own; parameters made of secure ones are wiped when freed. */
static BIGNUM *take_number(struct ssh_wire *w)
{
	struct ssh_wire number;
	BIGNUM *n = BN_secure_new();

	if (n && !ssh_wire_number(w, &number) && BN_bin2bn(number.p, (int)number.n, n))
		return n;
	BN_clear_free(n);
	return NULL;
}

/* d mod (p - 1) and d mod (q - 1), which the file leaves out. */
static int derive_exponents(BIGNUM **n)
{
	BN_CTX *ctx = BN_CTX_secure_new();
	BIGNUM *less = BN_secure_new();
	int ret = -1;

	n[DMP1] = BN_secure_new();
	n[DMQ1] = BN_secure_new();
	if (ctx && less && n[DMP1] && n[DMQ1]) {
		BN_set_flags(n[D], BN_FLG_CONSTTIME);
		if (BN_sub(less, n[P], BN_value_one()) &&
		    BN_mod(n[DMP1], n[D], less, ctx) &&
		    BN_sub(less, n[Q], BN_value_one()) &&
		    BN_mod(n[DMQ1], n[D], less, ctx))
			ret = 0;
	}
	BN_clear_free(less);
	BN_CTX_free(ctx);
	return ret;
}

static EVP_PKEY *read_rsa(struct ssh_wire *w)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *n[NUMBERS] = { NULL };
	EVP_PKEY *pkey = NULL;
	bool ok = bld;

	for (int i = 0; ok && i < IN_FILE; i++)
		ok = (n[i] = take_number(w)) && !BN_is_zero(n[i]);
	ok = ok && !derive_exponents(n);
	for (int i = 0; ok && i < NUMBERS; i++)
		ok = OSSL_PARAM_BLD_push_BN(bld, rsa_parameters[i], n[i]);
	if (ok)
		pkey = build("RSA", bld);
	OSSL_PARAM_BLD_free(bld);
	for (int i = 0; i < NUMBERS; i++)
		BN_clear_free(n[i]);
	return pkey;
}

static EVP_PKEY *read_ec(struct ssh_wire *w)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	struct ssh_wire curve, point;
	EVP_PKEY *pkey = NULL;
	BIGNUM *d = NULL;
	const char *group;

	if (bld && !ssh_wire_string(w, &curve) && !ssh_wire_string(w, &point) &&
	    (group = ssh_key_group(&curve)) && (d = take_number(w)) &&
	    OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) &&
	    OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point.p,
					     point.n) &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, d))
		pkey = build("EC", bld);
	OSSL_PARAM_BLD_free(bld);
	BN_clear_free(d);
	return pkey;
}

/* The secret half is the seed followed by the public half again. */
static EVP_PKEY *read_ed25519(struct ssh_wire *w)
{
	struct ssh_wire public, secret;

	if (ssh_wire_string(w, &public) || ssh_wire_string(w, &secret) ||
	    public.n != 32 || secret.n != 64)
		return NULL;
	return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret.p, 32);
}

static const struct {
	const char *type;
	EVP_PKEY *(*read)(struct ssh_wire *w);
} readers[] = {
	{ "ssh-ed25519", read_ed25519 },
	{ "ecdsa-sha2-nistp256", read_ec },
	{ "ecdsa-sha2-nistp384", read_ec },
	{ "ecdsa-sha2-nistp521", read_ec },
	{ "ssh-rsa", read_rsa },
};

EVP_PKEY *ssh_key_read_private(struct ssh_wire w)
{
	EVP_PKEY *pkey = NULL;
	struct ssh_wire type;

	if (ssh_wire_string(&w, &type))
		return NULL;
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (ssh_wire_is(&type, readers[i].type))
			pkey = readers[i].read(&w);
	ERR_clear_error();
	return pkey;
}
