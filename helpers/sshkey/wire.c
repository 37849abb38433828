/* SPDX-License-Identifier: MIT */
/* Strings and numbers in SSH's wire format (RFC 4251 section 5). */
#include "sshkey/wire.h"

#include "base/buf.h"

#include <stdio.h>
#include <string.h>

int ssh_wire_u32(struct ssh_wire *w, uint32_t *value)
{
	if (w->n < 4)
		return -1;
	*value = (uint32_t)w->p[0] << 24 | (uint32_t)w->p[1] << 16 |
		 (uint32_t)w->p[2] << 8 | w->p[3];
	w->p += 4;
	w->n -= 4;
	return 0;
}

int ssh_wire_byte(struct ssh_wire *w, unsigned char *value)
{
	if (!w->n)
		return -1;
	*value = *w->p++;
	w->n--;
	return 0;
}

int ssh_wire_string(struct ssh_wire *w, struct ssh_wire *s)
{
	struct ssh_wire rest = *w;
	uint32_t n;

	if (ssh_wire_u32(&rest, &n) || rest.n < n)
		return -1;
	*s = (struct ssh_wire){ .p = rest.p, .n = n };
	w->p = rest.p + n;
	w->n = rest.n - n;
	return 0;
}

int ssh_wire_number(struct ssh_wire *w, struct ssh_wire *s)
{
	struct ssh_wire rest = *w, value;

	if (ssh_wire_string(&rest, &value) || (value.n && value.p[0] & 0x80))
		return -1;
	while (value.n && !value.p[0]) {
		value.p++;
		value.n--;
	}
	*w = rest;
	*s = value;
	return 0;
}

bool ssh_wire_is(const struct ssh_wire *s, const char *text)
{
	return s->n == strlen(text) && !memcmp(s->p, text, s->n);
}

bool ssh_wire_is_key(const struct ssh_wire *key, const char *type)
{
	struct ssh_wire w = *key, name;

	return !ssh_wire_string(&w, &name) && ssh_wire_is(&name, type);
}

int ssh_wire_put_u32(struct buf *b, uint32_t value)
{
	unsigned char bytes[4] = {
		(unsigned char)(value >> 24),
		(unsigned char)(value >> 16),
		(unsigned char)(value >> 8),
		(unsigned char)value,
	};

	return buf_add(b, bytes, sizeof(bytes));
}

int ssh_wire_put_string(struct buf *b, const void *bytes, size_t n)
{
	ssh_wire_put_u32(b, (uint32_t)n);
	return buf_add(b, bytes, n);
}

int ssh_wire_put_number(struct buf *b, const unsigned char *bytes, size_t n)
{
	for (; n && !*bytes; n--)
		bytes++;
	if (!n || !(*bytes & 0x80))
		return ssh_wire_put_string(b, bytes, n);
	/* The top bit would make it negative. */
	ssh_wire_put_u32(b, (uint32_t)n + 1);
	buf_add(b, "", 1);
	return buf_add(b, bytes, n);
}

static const struct {
	const char *algorithm;
	const char *type;
} types[] = {
	{ "ssh-ed25519", "ED25519" },
	{ "ecdsa-sha2-nistp256", "ECDSA" },
	{ "ecdsa-sha2-nistp384", "ECDSA" },
	{ "ecdsa-sha2-nistp521", "ECDSA" },
	{ "ssh-rsa", "RSA" },
	{ "ssh-dss", "DSA" },
	{ "sk-ssh-ed25519@openssh.com", "ED25519-SK" },
	{ "sk-ecdsa-sha2-nistp256@openssh.com", "ECDSA-SK" },
};

const char *ssh_wire_type(const unsigned char *key, size_t n, char *out, size_t size)
{
	struct ssh_wire w = { key, n }, name = { 0 };

	if (ssh_wire_string(&w, &name) || !name.n)
		name = (struct ssh_wire){ (const unsigned char *)"unknown", 7 };
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (ssh_wire_is(&name, types[i].algorithm)) {
			snprintf(out, size, "%s", types[i].type);
			return out;
		}
	}
	snprintf(out, size, "%.*s", (int)(name.n < size ? name.n : size - 1),
		 (const char *)name.p);
	for (char *c = out; *c; c++)
		if ((unsigned char)*c <= ' ' || (unsigned char)*c > '~')
			*c = '?';
	return out;
}
