/* SPDX-License-Identifier: MIT */
/* Tells whether a host key is in its canonical form. */
#include "hostkey/host_key.h"

#include "sshkey/wire.h"

#include <string.h>

#define UNCOMPRESSED 4 /* the first byte of a point (SEC 1 section 2.3.3) */
#define ED25519_BYTES 32

struct kind {
	const char *type;
	bool (*rest)(const struct kind *kind, struct ssh_wire *w);
	const char *curve;
	size_t point; /* bytes of one of its coordinates */
};

static bool is_ed25519(const struct kind *kind, struct ssh_wire *w)
{
	struct ssh_wire key;

	(void)kind;
	return !ssh_wire_string(w, &key) && key.n == ED25519_BYTES;
}

static bool is_ecdsa(const struct kind *kind, struct ssh_wire *w)
{
	struct ssh_wire curve, point;

	return !ssh_wire_string(w, &curve) && ssh_wire_is(&curve, kind->curve) &&
	       !ssh_wire_string(w, &point) && point.n == 1 + 2 * kind->point &&
	       point.p[0] == UNCOMPRESSED;
}

/* A positive number without a byte that it does not need: RFC 4251 section 5. */
static bool is_number(struct ssh_wire *w)
{
	struct ssh_wire s;

	if (ssh_wire_string(w, &s) || !s.n || s.p[0] & 0x80)
		return false;
	return s.p[0] || (s.n > 1 && s.p[1] & 0x80);
}

static bool is_rsa(const struct kind *kind, struct ssh_wire *w)
{
	(void)kind;
	return is_number(w) && is_number(w);
}

static const struct kind kinds[] = {
	{ "ssh-ed25519", is_ed25519, NULL, 0 },
	{ "ecdsa-sha2-nistp256", is_ecdsa, "nistp256", 32 },
	{ "ecdsa-sha2-nistp384", is_ecdsa, "nistp384", 48 },
	{ "ecdsa-sha2-nistp521", is_ecdsa, "nistp521", 66 },
	{ "ssh-rsa", is_rsa, NULL, 0 },
};

/* The row of a key's type, and what comes behind its name; NULL for none. */
static const struct kind *kind_of(struct ssh_wire *w)
{
	struct ssh_wire name;

	if (ssh_wire_string(w, &name))
		return NULL;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (ssh_wire_is(&name, kinds[i].type))
			return &kinds[i];
	return NULL;
}

bool host_key_is_usual(const unsigned char *key, size_t n)
{
	struct ssh_wire w = { key, n };
	const struct kind *kind = kind_of(&w);

	return kind && kind->rest(kind, &w) && !w.n;
}

bool host_key_is_known_type(const unsigned char *key, size_t n)
{
	struct ssh_wire w = { key, n };

	return kind_of(&w) != NULL;
}
