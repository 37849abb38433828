/* SPDX-License-Identifier: MIT */
/* Parses one line of a known_hosts file. */
#include "hostkey/line.h"

#include "base/base64.h"
#include "base/buf.h"
#include "hostkey/host_key.h"
#include "sshkey/wire.h"

#include <openssl/evp.h>
#include <string.h>

#define SHA1_LEN 20
#define SHA256_LEN 32
#define LONGEST_PATTERN 1022 /* bytes; ssh takes no longer one (match.c) */
#define LONGEST_KEY 16384    /* bytes; an RSA key of 16384 bits takes 2 KiB */

static const struct {
	const char *word;
	enum known_hosts_marker marker;
} markers[] = {
	{ "@revoked", KNOWN_HOSTS_MARKER_REVOKED },
	{ "@cert-authority", KNOWN_HOSTS_MARKER_AUTHORITY },
};

static struct known_hosts_word next_word(const char **p, const char *end)
{
	struct known_hosts_word w = { 0 };

	while (*p < end && (**p == ' ' || **p == '\t'))
		(*p)++;
	if (*p == end)
		return w;
	w.p = *p;
	while (*p < end && **p != ' ' && **p != '\t')
		(*p)++;
	w.n = (size_t)(*p - w.p);
	return w;
}

static bool word_is(const struct known_hosts_word *w, const char *text)
{
	return w->n == strlen(text) && !memcmp(w->p, text, w->n);
}

static bool is_fingerprint(const struct known_hosts_word *w)
{
	return w->n > 7 && !memcmp(w->p, "SHA256:", 7);
}

static enum known_hosts_marker marker_of(const struct known_hosts_word *w)
{
	for (size_t i = 0; i < sizeof(markers) / sizeof(markers[0]); i++)
		if (word_is(w, markers[i].word))
			return markers[i].marker;
	return *w->p == '@' ? KNOWN_HOSTS_MARKER_OTHER : KNOWN_HOSTS_PLAIN;
}

enum known_hosts_line_kind known_hosts_line_read(struct known_hosts_line *l,
						 const char *text, size_t n)
{
	const char *p = text, *end = text + n;
	struct known_hosts_word first = next_word(&p, end);

	*l = (struct known_hosts_line){ 0 };
	if (!first.p || *first.p == '#')
		return KNOWN_HOSTS_LINE_EMPTY;
	l->marker = marker_of(&first);
	l->hosts = l->marker == KNOWN_HOSTS_PLAIN ? first : next_word(&p, end);
	l->type = next_word(&p, end);
	l->key = next_word(&p, end);
	return l->key.p ? KNOWN_HOSTS_LINE_KEY : KNOWN_HOSTS_LINE_BAD;
}

static bool is_pin(const struct known_hosts_line *l)
{
	struct buf blob = BUF_INIT(LONGEST_KEY);
	unsigned char sha256[SHA256_LEN];
	bool pin;

	if (!l->type.p)
		return l->key.p && !known_hosts_line_fingerprint(l, sha256);
	pin = l->key.p && !known_hosts_line_key(l, &blob);
	buf_free(&blob);
	return pin;
}

enum known_hosts_line_kind known_hosts_line_pinned(struct known_hosts_line *l,
						   const char *text, size_t n)
{
	const char *p = text, *end = text + n;
	struct known_hosts_word w[3];

	for (size_t i = 0; i < 3; i++)
		w[i] = next_word(&p, end);
	*l = (struct known_hosts_line){ 0 };
	if (!w[0].p || *w[0].p == '#')
		return KNOWN_HOSTS_LINE_EMPTY;
	/* With hosts in front or without: only one of the readings holds a key
	 * whose own first string is the type before it. */
	for (size_t hosts = 0; hosts < 2; hosts++) {
		if (hosts)
			l->hosts = w[0];
		l->type = w[hosts];
		l->key = w[hosts + 1];
		if (w[hosts].p && is_fingerprint(&w[hosts])) {
			l->type = (struct known_hosts_word){ 0 };
			l->key = w[hosts];
		}
		if (is_pin(l))
			return KNOWN_HOSTS_LINE_KEY;
	}
	return KNOWN_HOSTS_LINE_BAD;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* '*' stands for any run of characters, '?' for one. Goes back only to the
 * last star, so that no pattern takes more than its length times the name's. */
static bool pattern_means(const char *p, size_t n, const char *name)
{
	const char *end = p + n, *star = NULL, *resume = NULL;

	while (*name) {
		if (p < end && *p == '*') {
			star = ++p;
			resume = name;
		} else if (p < end && (*p == '?' || lower(*p) == *name)) {
			p++;
			name++;
		} else if (star) {
			p = star;
			name = ++resume;
		} else {
			return false;
		}
	}
	while (p < end && *p == '*')
		p++;
	return p == end;
}

static bool hash_means(const char *p, size_t n, const char *name)
{
	struct buf salt = BUF_INIT(256), hash = BUF_INIT(256);
	unsigned char mac[SHA1_LEN];
	const char *bar = memchr(p, '|', n);
	bool means = false;

	if (!bar || base64_decode(&salt, p, (size_t)(bar - p)) ||
	    base64_decode(&hash, bar + 1, n - (size_t)(bar + 1 - p)) ||
	    salt.len != SHA1_LEN || hash.len != SHA1_LEN)
		goto out;
	means = EVP_Q_mac(NULL, "HMAC", NULL, "SHA1", NULL, salt.data, salt.len,
			  (const unsigned char *)name, strlen(name), mac, sizeof(mac),
			  NULL) &&
		!memcmp(mac, hash.data, SHA1_LEN);
out:
	buf_free(&salt);
	buf_free(&hash);
	return means;
}

static bool is_hash(const char *p, size_t n)
{
	struct buf part = BUF_INIT(256);
	const char *bar = memchr(p, '|', n);
	bool good = bar && !base64_decode(&part, p, (size_t)(bar - p)) &&
		    part.len == SHA1_LEN &&
		    !base64_decode(&part, bar + 1, n - (size_t)(bar + 1 - p)) &&
		    part.len == 2 * SHA1_LEN;

	buf_free(&part);
	return good;
}

bool known_hosts_line_is_list(const struct known_hosts_word *hosts)
{
	const char *p = hosts->p, *end = p + hosts->n;

	if (*p == '|')
		return hosts->n > 3 && !memcmp(p, "|1|", 3) &&
		       is_hash(p + 3, hosts->n - 3);
	if (*p == '@')
		return false;
	while (p < end) {
		const char *comma = memchr(p, ',', (size_t)(end - p));
		const char *stop = comma ? comma : end;

		if (stop - p > LONGEST_PATTERN)
			return false;
		p = comma ? comma + 1 : end;
	}
	return true;
}

bool known_hosts_line_means(const struct known_hosts_word *hosts, const char *name)
{
	const char *p = hosts->p, *end;
	bool found = false;

	if (!p)
		return true;
	end = p + hosts->n;
	if (*p == '|')
		return hosts->n > 3 && !memcmp(p, "|1|", 3) &&
		       hash_means(p + 3, hosts->n - 3, name);
	while (p < end) {
		const char *comma = memchr(p, ',', (size_t)(end - p));
		const char *stop = comma ? comma : end;
		bool not = *p == '!';

		p += not;
		if (stop - p > LONGEST_PATTERN)
			return false;
		if (p < stop && pattern_means(p, (size_t)(stop - p), name)) {
			if (not)
				return false;
			found = true;
		}
		p = comma ? comma + 1 : end;
	}
	return found;
}

int known_hosts_line_key(const struct known_hosts_line *l, struct buf *blob)
{
	struct ssh_wire w, type;

	if (base64_decode(blob, l->key.p, l->key.n))
		return -1;
	w = (struct ssh_wire){ (const unsigned char *)blob->data, blob->len };
	if (ssh_wire_string(&w, &type) || type.n != l->type.n ||
	    memcmp(type.p, l->type.p, type.n))
		return -1;
	w = (struct ssh_wire){ (const unsigned char *)blob->data, blob->len };
	if (host_key_is_known_type(w.p, w.n) && !host_key_is_usual(w.p, w.n))
		return -1;
	return 0;
}

int known_hosts_line_fingerprint(const struct known_hosts_line *l, unsigned char *sha256)
{
	struct buf bytes = BUF_INIT(64);
	int ret = -1;

	/* ssh-keygen leaves the padding out. */
	if (!is_fingerprint(&l->key) || l->key.n != 7 + 43)
		return -1;
	base64_decode(&bytes, l->key.p + 7, 40);
	if (!base64_decode(&bytes,
			   (const char[]){ l->key.p[47], l->key.p[48], l->key.p[49],
					   '=' },
			   4) &&
	    bytes.len == SHA256_LEN) {
		memcpy(sha256, bytes.data, SHA256_LEN);
		ret = 0;
	}
	buf_free(&bytes);
	return ret;
}
