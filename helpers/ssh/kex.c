/* SPDX-License-Identifier: MIT */
/* Chooses and explains the algorithms of the key exchange. */
#include "ssh/kex.h"

#include "base/err.h"
#include "base/text.h"
#include "sshkey/wire.h"

#include <string.h>

#define MSG_KEXINIT 20
#define COOKIE_BYTES 16
#define KINDS 6
#define SHOWN 200 /* bytes of a server's list in a message */

/* The oldest code first (CTR with plain HMAC is where neither Terrapin nor
 * the memory bugs of 1.11's GCM, ETM and chacha20 paths are), then what
 * hardened servers insist on; nothing with SHA-1. Names that this libssh2
 * does not know it drops itself. In the order of SSH_MSG_KEXINIT (RFC 4253
 * section 7.1). */
static const struct kind {
	int method;
	const char *what, *setting;
	const char *names; /* NULL for those of the known host keys */
} kinds[KINDS] = {
	{ LIBSSH2_METHOD_KEX, "key exchange", "KexAlgorithms",
	  "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,"
	  "ecdh-sha2-nistp384,ecdh-sha2-nistp521,"
	  "diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,"
	  "diffie-hellman-group18-sha512,diffie-hellman-group14-sha256" },
	{ LIBSSH2_METHOD_HOSTKEY, "type of host key", "HostKeyAlgorithms", NULL },
	{ LIBSSH2_METHOD_CRYPT_CS, "cipher", "Ciphers",
	  "aes256-ctr,aes192-ctr,aes128-ctr,"
	  "aes256-gcm@openssh.com,aes128-gcm@openssh.com" },
	{ LIBSSH2_METHOD_CRYPT_SC, "cipher", "Ciphers",
	  "aes256-ctr,aes192-ctr,aes128-ctr,"
	  "aes256-gcm@openssh.com,aes128-gcm@openssh.com" },
	{ LIBSSH2_METHOD_MAC_CS, "MAC", "MACs",
	  "hmac-sha2-256,hmac-sha2-512,"
	  "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com" },
	{ LIBSSH2_METHOD_MAC_SC, "MAC", "MACs",
	  "hmac-sha2-256,hmac-sha2-512,"
	  "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com" },
};

static const char *wanted(const struct ssh_kex *k, const struct kind *kind)
{
	return kind->names ? kind->names : k->host_keys;
}

int ssh_kex_choose(struct ssh_kex *k, LIBSSH2_SESSION *session, const char *host_keys,
		   bool any, struct err *e)
{
	k->host_keys = host_keys;
	k->any_key = any;
	for (size_t i = 0; i < KINDS; i++) {
		const char *names = wanted(k, &kinds[i]);

		/* After a failure libssh2 would go on with its default list. */
		if (libssh2_session_method_pref(session, kinds[i].method, names))
			return err_set(e, ERR_REFUSED,
				       "libssh2 %s knows none "
				       "of the algorithms %s",
				       libssh2_version(0), names);
	}
	return 0;
}

void ssh_kex_read_along(struct ssh_kex *k, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n && k->len < sizeof(k->packet); i++) {
		if (k->begun)
			k->packet[k->len++] = (unsigned char)bytes[i];
		else
			k->begun = bytes[i] == '\n';
	}
}

/* Takes the server's lists out of its first packet (RFC 4253 section 6). */
static int read_lists(const struct ssh_kex *k, struct ssh_wire lists[KINDS])
{
	struct ssh_wire w = { k->packet, k->len };
	unsigned char padding, message;
	uint32_t length;

	if (ssh_wire_u32(&w, &length) || ssh_wire_byte(&w, &padding) ||
	    ssh_wire_byte(&w, &message) || message != MSG_KEXINIT || w.n < COOKIE_BYTES)
		return -1;
	w.p += COOKIE_BYTES;
	w.n -= COOKIE_BYTES;
	for (size_t i = 0; i < KINDS; i++)
		if (ssh_wire_string(&w, &lists[i]))
			return -1;
	return 0;
}

/* Whether a list of the server's, without a NUL at its end, has this name. */
static bool listed(const struct ssh_wire *list, const char *name, size_t n)
{
	const unsigned char *p = list->p, *end = p + list->n, *comma;

	for (; p < end; p = comma + 1) {
		comma = memchr(p, ',', (size_t)(end - p));
		if (!comma)
			comma = end;
		if ((size_t)(comma - p) == n && !memcmp(p, name, n))
			return true;
	}
	return false;
}

static bool library_has(LIBSSH2_SESSION *session, int method, const char *name, size_t n)
{
	const char **names = NULL;
	int count = libssh2_session_supported_algs(session, method, &names);
	bool found = false;

	for (int i = 0; i < count; i++)
		found |= strlen(names[i]) == n && !memcmp(names[i], name, n);
	if (count > 0)
		libssh2_free(session, names);
	return found;
}

/* One kind of algorithm: what both sides list. */
struct negotiation {
	const struct ssh_kex *kex;
	LIBSSH2_SESSION *session;
	const struct kind *kind;
	struct ssh_wire theirs;
};

/* Finds a name that both sides want, with libssh2's help or, `beyond` this
 * version of it, without. */
static bool find_common(const struct negotiation *g, bool beyond, const char **name,
			size_t *n)
{
	const char *rest = wanted(g->kex, g->kind);

	while (text_next_item(&rest, name, n))
		if (listed(&g->theirs, *name, *n) &&
		    library_has(g->session, g->kind->method, *name, *n) != beyond)
			return true;
	return false;
}

/* Whether the server's RSA key is the only one that we could ask for, and this
 * libssh2 takes no signature of it but SHA-1's. */
static bool rsa_is_all(const struct negotiation *g)
{
	static const char rsa[] = "rsa-sha2-512",
			  others[] = "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,"
				     "ecdsa-sha2-nistp521";
	const char *rest = others, *name;
	size_t n;

	while (text_next_item(&rest, &name, &n))
		if (listed(&g->theirs, name, n))
			return false;
	return (listed(&g->theirs, rsa, strlen(rsa)) ||
		listed(&g->theirs, "rsa-sha2-256", strlen(rsa))) &&
	       !library_has(g->session, LIBSSH2_METHOD_HOSTKEY, rsa, strlen(rsa));
}

static const char make_key[] =
	"give the host an ED25519 key (ssh-keygen -A, then restart its sshd)";

/* Says so where the server has no key of a type that is known or can be used. */
static int no_host_key(const struct negotiation *g, struct err *e)
{
	const struct ssh_kex *k = g->kex;
	const struct kind *kind = g->kind;
	const char *list = (const char *)g->theirs.p;
	int shown = (int)(g->theirs.n < SHOWN ? g->theirs.n : SHOWN);

	if (rsa_is_all(g))
		return err_set(e, k->any_key ? ERR_REFUSED : ERR_HOST_KEY,
			       "no common %s: the server has only an RSA key "
			       "(%.*s), which libssh2 can verify from version 1.11 "
			       "on and this is %s; %s, or use a newer libssh2",
			       kind->what, shown, list, libssh2_version(0), make_key);
	if (k->any_key)
		return err_set(e, ERR_REFUSED,
			       "no common %s: the server has only "
			       "keys for %.*s; %s, or see %s in its sshd_config",
			       kind->what, shown, list, make_key, kind->setting);
	return err_set(e, ERR_HOST_KEY,
		       "no common %s: known are keys for "
		       "%s, the server has only keys for %.*s; compare "
		       "them with ssh-keygen -lf on the host and record "
		       "one",
		       kind->what, k->host_keys, shown, list);
}

static int no_common(const struct negotiation *g, struct err *e)
{
	const struct kind *kind = g->kind;
	const char *list = (const char *)g->theirs.p, *name;
	int shown = (int)(g->theirs.n < SHOWN ? g->theirs.n : SHOWN);
	size_t n;

	if (!kind->names)
		return no_host_key(g, e);
	/* All that we want and 1.10 lacks came with 1.11.0. */
	if (find_common(g, true, &name, &n))
		return err_set(e, ERR_REFUSED,
			       "no common %s: the server allows "
			       "only %.*s, of which libssh2 knows %.*s from "
			       "version 1.11 on and this is %s; use a newer "
			       "libssh2, or see %s in its sshd_config",
			       kind->what, shown, list, (int)n, name, libssh2_version(0),
			       kind->setting);
	return err_set(e, ERR_REFUSED,
		       "no common %s: the server allows only %.*s; "
		       "allow one of %s in its sshd_config (%s)",
		       kind->what, shown, list, kind->names, kind->setting);
}

int ssh_kex_explain(const struct ssh_kex *k, LIBSSH2_SESSION *session, struct err *e)
{
	struct negotiation g = { .kex = k, .session = session };
	struct ssh_wire lists[KINDS];
	const char *name;
	size_t n;

	for (size_t i = 0; !read_lists(k, lists) && i < KINDS; i++) {
		g.kind = &kinds[i];
		g.theirs = lists[i];
		if (!find_common(&g, false, &name, &n))
			return no_common(&g, e);
	}
	return err_set(e, ERR_REFUSED,
		       "libssh2 %s and the server could not agree "
		       "on algorithms",
		       libssh2_version(0));
}
