#include "base/err.h"
#include "net/ssh_key_own.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <string.h>

/* The format: PROTOCOL.key of OpenSSH. */
static const char magic[] = "openssh-key-v1"; /* with its NUL */

struct container {
	struct ssh_wire cipher, kdf, kdf_options, public, private, type;
};

static const struct {
	const char *name;
	bool since_111; /* libssh2 1.10 cannot decrypt it */
} ciphers[] = {
	{ "aes256-ctr", false }, { "aes192-ctr", false },
	{ "aes128-ctr", false }, { "aes256-cbc", false },
	{ "aes192-cbc", false }, { "aes128-cbc", false },
	{ "aes256-gcm@openssh.com", true }, { "aes128-gcm@openssh.com", true },
};

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
	return err_set(e, ERR_LOCAL, "private key %s is damaged: it is no valid "
		       "OpenSSH key file", k->path);
}

static int open_container(struct container *c, const struct buf *bytes)
{
	struct ssh_wire w = { (const unsigned char *)bytes->data, bytes->len };
	struct ssh_wire public;
	uint32_t count;

	if (w.n < sizeof(magic) || memcmp(w.p, magic, sizeof(magic)))
		return -1;
	w.p += sizeof(magic);
	w.n -= sizeof(magic);
	if (ssh_wire_string(&w, &c->cipher) || ssh_wire_string(&w, &c->kdf) ||
	    ssh_wire_string(&w, &c->kdf_options) || ssh_wire_u32(&w, &count) ||
	    count != 1 || ssh_wire_string(&w, &c->public) ||
	    ssh_wire_string(&w, &c->private))
		return -1;
	public = c->public;
	return ssh_wire_string(&public, &c->type);
}

static int check_type(const struct ssh_key *k, const struct container *c,
		      struct err *e)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!ssh_wire_is(&c->type, types[i].type))
			continue;
		if (!types[i].refusal)
			return 0;
		return err_set(e, ERR_REFUSED, "private key %s %s; use an ed25519 "
			       "key", k->path, types[i].refusal);
	}
	return err_set(e, ERR_REFUSED, "private key %s is a %.*s key, which is not "
		       "supported; use an ed25519 key", k->path,
		       (int)(c->type.n < 64 ? c->type.n : 64),
		       (const char *)c->type.p);
}

static int check_cipher(const struct ssh_key *k, const struct container *c,
			bool rsa, struct err *e)
{
	size_t i = 0, n = sizeof(ciphers) / sizeof(ciphers[0]);

	while (i < n && !ssh_wire_is(&c->cipher, ciphers[i].name))
		i++;
	if (i < n && ssh_wire_is(&c->kdf, "bcrypt") &&
	    (rsa || !ciphers[i].since_111))
		return 0;
	return err_set(e, ERR_REFUSED, "private key %s is encrypted with %.*s, which "
		       "%s; rewrite it with `ssh-keygen -p -Z aes256-ctr -f %s`, or "
		       "add it to ssh-agent and leave private_key out", k->path,
		       (int)(c->cipher.n < 64 ? c->cipher.n : 64),
		       (const char *)c->cipher.p,
		       i < n && ciphers[i].since_111
			       ? "needs libssh2 1.11 or later"
			       : "libssh2 cannot decrypt", k->path);
}

static int check_encrypted(const struct ssh_key *k, const struct container *c,
			   const char *passphrase, bool rsa, struct err *e)
{
	if (!rsa && ssh_wire_is(&c->type, "ssh-rsa"))
		return err_set(e, ERR_REFUSED, "%s, an RSA key in encrypted OpenSSH "
			       "format, needs libssh2 1.11 or later: add it to "
			       "ssh-agent and leave private_key out, or rewrite it "
			       "with `ssh-keygen -p -m PEM -f %s`, or use an "
			       "ed25519 key", k->path, k->path);
	if (check_cipher(k, c, rsa, e))
		return -1;
	return passphrase ? 0 : ssh_key_wants_passphrase(k, e);
}

/* The numbers of an RSA key, as the file orders them and two derived ones. */
enum { N, E, D, IQMP, P, Q, IN_FILE, DMP1 = IN_FILE, DMQ1, NUMBERS };

static const char *const parameters[NUMBERS] = {
	[N] = OSSL_PKEY_PARAM_RSA_N,
	[E] = OSSL_PKEY_PARAM_RSA_E,
	[D] = OSSL_PKEY_PARAM_RSA_D,
	[P] = OSSL_PKEY_PARAM_RSA_FACTOR1,
	[Q] = OSSL_PKEY_PARAM_RSA_FACTOR2,
	[DMP1] = OSSL_PKEY_PARAM_RSA_EXPONENT1,
	[DMQ1] = OSSL_PKEY_PARAM_RSA_EXPONENT2,
	[IQMP] = OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

/* d mod (p - 1) and d mod (q - 1), which the file leaves out. */
static int derive_exponents(BIGNUM **n)
{
	BN_CTX *ctx = BN_CTX_secure_new();
	BIGNUM *less = BN_secure_new();
	int ret = -1;

	if (ctx && less) {
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

static EVP_PKEY *from_numbers(BIGNUM **n)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *pkey = NULL;
	bool ok = bld && ctx;

	for (int i = 0; ok && i < NUMBERS; i++)
		ok = OSSL_PARAM_BLD_push_BN(bld, parameters[i], n[i]);
	if (ok && (params = OSSL_PARAM_BLD_to_param(bld)) &&
	    EVP_PKEY_fromdata_init(ctx) > 0)
		EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return pkey;
}

static EVP_PKEY *read_rsa(struct ssh_wire w)
{
	struct ssh_wire type, number;
	uint32_t check[2];
	BIGNUM *n[NUMBERS] = { NULL };
	EVP_PKEY *pkey = NULL;

	if (ssh_wire_u32(&w, &check[0]) || ssh_wire_u32(&w, &check[1]) ||
	    check[0] != check[1] || ssh_wire_string(&w, &type) ||
	    !ssh_wire_is(&type, "ssh-rsa"))
		return NULL;
	for (int i = 0; i < NUMBERS; i++) {
		/* Parameters made of secure numbers are wiped when freed. */
		n[i] = BN_secure_new();
		if (!n[i] || (i < IN_FILE &&
			      (ssh_wire_number(&w, &number) ||
			       !BN_bin2bn(number.p, (int)number.n, n[i]))))
			goto out;
	}
	if (!BN_is_zero(n[P]) && !BN_is_zero(n[Q]) && !derive_exponents(n))
		pkey = from_numbers(n);
out:
	for (int i = 0; i < NUMBERS; i++)
		BN_clear_free(n[i]);
	return pkey;
}

static int understand(struct ssh_key *k, const struct container *c,
		      const char *passphrase, bool rsa, struct err *e)
{
	if (check_type(k, c, e))
		return -1;
	k->encrypted = !ssh_wire_is(&c->cipher, "none");
	if (k->encrypted && check_encrypted(k, c, passphrase, rsa, e))
		return -1;
	if (k->encrypted || !ssh_wire_is(&c->type, "ssh-rsa")) {
		if (!buf_add(&k->public, c->public.p, c->public.n))
			return 0;
		return damaged(k, e);
	}
	k->pkey = read_rsa(c->private);
	return k->pkey ? ssh_key_derive_public(k, e) : damaged(k, e);
}

int ssh_key_read_openssh(struct ssh_key *k, const char *text, size_t n,
			 const char *passphrase, bool rsa, struct err *e)
{
	struct buf bytes = BUF_INIT(SSH_KEY_MAX_FILE);
	struct container c;
	int ret;

	if (ssh_wire_base64(&bytes, text, n) || open_container(&c, &bytes))
		ret = damaged(k, e);
	else
		ret = understand(k, &c, passphrase, rsa, e);
	buf_free(&bytes);
	return ret;
}
