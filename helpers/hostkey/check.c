/* SPDX-License-Identifier: MIT */
/* Judges a server's host key by what is known of the host. */
#include "base/err.h"
#include "hostkey/host_key.h"
#include "hostkey/known_hosts.h"
#include "hostkey/internal.h"
#include "sshkey/wire.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#define MOST_LINES 12 /* listed in a message */

/* The key that the server shows, and its names in messages. */
struct server_key {
	const unsigned char *key;
	size_t n;
	unsigned char sha256[KNOWN_HOSTS_SHA256];
	char fingerprint[64];
	char type[64];
};

static bool same(const struct known_hosts_key *known, const struct server_key *s)
{
	if (!known->blob.len)
		return !CRYPTO_memcmp(known->sha256, s->sha256, sizeof(s->sha256));
	return known->blob.len == s->n && !CRYPTO_memcmp(known->blob.data, s->key, s->n);
}

static bool same_type(const struct known_hosts_key *known, const struct server_key *s)
{
	struct ssh_wire a = { (const unsigned char *)known->blob.data, known->blob.len };
	struct ssh_wire b = { s->key, s->n }, ta, tb;

	return !ssh_wire_string(&a, &ta) && !ssh_wire_string(&b, &tb) && ta.n == tb.n &&
	       !memcmp(ta.p, tb.p, ta.n);
}

/* "line 4" or "lines 4, 5 and 9": all of the host's, since a rebuilt host has
 * changed its other keys too. */
static void list_lines(const struct known_hosts *k, struct buf *b)
{
	size_t all = 0, nth = 0;

	for (size_t i = 0; i < k->count; i++)
		all += !k->keys[i].revoked;
	if (all > MOST_LINES)
		all = MOST_LINES;
	buf_adds(b, all > 1 ? "lines" : "line");
	for (size_t i = 0; nth < all; i++) {
		if (k->keys[i].revoked)
			continue;
		nth++;
		buf_addf(b, "%s %u",
			 nth == 1     ? ""
			 : nth == all ? " and"
				      : ",",
			 k->keys[i].line);
	}
}

static enum known_hosts_verdict revoked(const struct known_hosts *k,
					const struct known_hosts_key *known,
					const struct server_key *s, struct err *e)
{
	err_set(e, ERR_HOST_KEY,
		"host key revoked: the host shows %s %s, which "
		"line %u of %s marks @revoked; give the host a new key and "
		"record that",
		s->type, s->fingerprint, known->line, k->path);
	return KNOWN_HOSTS_REVOKED;
}

static enum known_hosts_verdict unknown(const struct known_hosts *k,
					const struct server_key *s, struct err *e)
{
	char port[16] = "";

	if (k->port != 22)
		snprintf(port, sizeof(port), "-p %u ", (unsigned int)k->port);
	err_set(e, ERR_HOST_KEY,
		"host key unknown: %s has no key for %s%s, which "
		"shows %s %s; compare that with ssh-keygen -lf on the host's "
		"/etc/ssh/ssh_host_*_key.pub, then pin it with host_key or add "
		"it with `ssh-keyscan %s%s >> %s`, or set "
		"host_key_policy=accept-new",
		k->path, k->name, k->pinned_others ? " (nor has host_key)" : "", s->type,
		s->fingerprint, port, k->host, k->path);
	return KNOWN_HOSTS_NEW;
}

/* None of the keys is of the type shown. Asking for the known types only
 * should have ruled that out, so it is treated like another host's answer. */
static enum known_hosts_verdict other_type(const struct known_hosts *k,
					   const struct known_hosts_key *known,
					   const struct server_key *s, struct err *e)
{
	char print[64], type[64];

	known_hosts_show(known->sha256, print);
	ssh_wire_type((const unsigned char *)known->blob.data, known->blob.len, type,
		      sizeof(type));
	err_set(e, ERR_HOST_KEY,
		"host key of another type: known %s %s (line %u "
		"of %s), offered %s %s; compare that with ssh-keygen -lf on the "
		"host and record it too",
		type, print, known->line, k->pinned ? "host_key" : k->path, s->type,
		s->fingerprint);
	return KNOWN_HOSTS_CHANGED;
}

static enum known_hosts_verdict changed(const struct known_hosts *k,
					const struct known_hosts_key *known,
					const struct server_key *s, struct err *e)
{
	bool type_unknown = !known->blob.len; /* a fingerprint tells none */
	struct buf lines = BUF_INIT(512);
	char print[64];

	known_hosts_show(known->sha256, print);
	list_lines(k, &lines);
	err_set(e, ERR_HOST_KEY,
		"host key changed: %s %s, offered %s%s%s; %s %s of %s "
		"if the host was rebuilt%s%s%s",
		k->pinned ? "pinned" : "known", print, type_unknown ? s->type : "",
		type_unknown ? " " : "", s->fingerprint, k->pinned ? "correct" : "remove",
		buf_str(&lines), k->pinned ? "host_key" : k->path,
		type_unknown ? ", or pin the fingerprint of its " : "",
		type_unknown ? s->type : "", type_unknown ? " key" : "");
	buf_free(&lines);
	return KNOWN_HOSTS_CHANGED;
}

static enum known_hosts_verdict judge(const struct known_hosts *k,
				      const struct server_key *s, struct err *e)
{
	const struct known_hosts_key *rival = NULL, *other = NULL;

	/* A key may be listed and revoked; revoked wins. */
	for (size_t i = 0; i < k->count; i++)
		if (k->keys[i].revoked && same(&k->keys[i], s))
			return revoked(k, &k->keys[i], s, e);
	for (size_t i = 0; i < k->count; i++) {
		const struct known_hosts_key *known = &k->keys[i];

		if (known->revoked)
			continue;
		if (same(known, s))
			return KNOWN_HOSTS_OK;
		if (!rival && (!known->blob.len || same_type(known, s)))
			rival = known;
		if (!other)
			other = known;
	}
	if (rival)
		return changed(k, rival, s, e);
	return other ? other_type(k, other, s, e) : unknown(k, s, e);
}

enum known_hosts_verdict known_hosts_check(const struct known_hosts *k,
					   const unsigned char *key, size_t n,
					   struct err *e)
{
	struct server_key s = { .key = key, .n = n };

	/* Without a hash nothing can be compared with a fingerprint. */
	if (!known_hosts_hash(key, n, s.sha256)) {
		err_set(e, ERR_HOST_KEY,
			"cannot check the host key: SHA-256 "
			"failed in libcrypto");
		return KNOWN_HOSTS_CHANGED;
	}
	known_hosts_show(s.sha256, s.fingerprint);
	ssh_wire_type(key, n, s.type, sizeof(s.type));
	if (host_key_is_usual(key, n))
		return judge(k, &s, e);
	err_set(e, ERR_HOST_KEY,
		"the host shows a key (%s %s) that is not written "
		"in the usual form of its type and may be a revoked one; "
		"find out what answers there",
		s.type, s.fingerprint);
	return KNOWN_HOSTS_CHANGED;
}
