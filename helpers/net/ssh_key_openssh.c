#include "base/err.h"
#include "net/ssh_key_own.h"

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
			       "with `ssh-keygen -p -m PKCS8 -f %s`, or use an "
			       "ed25519 key", k->path, k->path);
	if (check_cipher(k, c, rsa, e))
		return -1;
	return passphrase ? 0 : ssh_key_wants_passphrase(k, e);
}

static int understand(struct ssh_key *k, const struct container *c,
		      const char *passphrase, bool rsa, struct err *e)
{
	if (check_type(k, c, e))
		return -1;
	k->encrypted = !ssh_wire_is(&c->cipher, "none");
	if (!k->encrypted) {
		k->pkey = ssh_key_read_plain(c->private);
		return k->pkey ? ssh_key_derive_public(k, e) : damaged(k, e);
	}
	if (check_encrypted(k, c, passphrase, rsa, e))
		return -1;
	return buf_add(&k->public, c->public.p, c->public.n) ? damaged(k, e) : 0;
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
