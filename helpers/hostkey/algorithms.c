/* SPDX-License-Identifier: MIT */
/* Says which host key algorithms to ask a server for, by the keys known of it. */
#include "base/err.h"
#include "hostkey/internal.h"
#include "hostkey/known_hosts.h"
#include "sshkey/wire.h"

#include <stdio.h>

/* Best first. `algorithms` is what to ask for to be shown a key of the type:
 * ssh-rsa as an algorithm would be SHA-1. */
static const struct {
	const char *type;
	const char *algorithms;
	bool rsa;
} kinds[] = {
	{ "ssh-ed25519", "ssh-ed25519", false },
	{ "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", false },
	{ "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", false },
	{ "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", false },
	{ "ssh-rsa", "rsa-sha2-512,rsa-sha2-256", true },
};

static bool knows_type(const struct known_hosts *k, const char *type)
{
	for (size_t i = 0; i < k->count; i++) {
		const struct buf *blob = &k->keys[i].blob;
		struct ssh_wire key = { (const unsigned char *)blob->data, blob->len };

		if (!k->keys[i].revoked && ssh_wire_is_key(&key, type))
			return true;
	}
	return false;
}

bool known_hosts_any_type(const struct known_hosts *k)
{
	size_t good = 0;

	for (size_t i = 0; i < k->count; i++) {
		if (k->keys[i].revoked)
			continue;
		if (!k->keys[i].blob.len)
			return true;
		good++;
	}
	return !good;
}

static int unusable(const struct known_hosts *k, struct err *e)
{
	const char *where = k->pinned ? "host_key" : k->path;
	const struct known_hosts_key *known = k->keys;

	while (known->revoked)
		known++;
	if (knows_type(k, "ssh-rsa"))
		return err_set(e, ERR_REFUSED,
			       "the host is known only by its RSA "
			       "key (%s), which libssh2 can verify from version 1.11 "
			       "on; add the host's ED25519 key, or use a newer "
			       "libssh2",
			       where);
	return err_set(e, ERR_REFUSED,
		       "the host is known only by a key of a type "
		       "that libssh2 cannot verify (%s line %u); add its ED25519 "
		       "key",
		       where, known->line);
}

const char *known_hosts_algorithms(struct known_hosts *k, bool rsa, struct err *e)
{
	bool any = known_hosts_any_type(k);
	size_t len = 0;

	k->algorithms[0] = '\0';
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if ((kinds[i].rsa && !rsa) || !(any || knows_type(k, kinds[i].type)))
			continue;
		len += (size_t)snprintf(k->algorithms + len, sizeof(k->algorithms) - len,
					"%s%s", len ? "," : "", kinds[i].algorithms);
	}
	if (len)
		return k->algorithms;
	unusable(k, e);
	return NULL;
}
