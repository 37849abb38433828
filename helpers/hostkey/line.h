/*
 * line - one line of a known hosts file or of a list of pinned keys, taken apart,
 * and whether its host patterns mean a given host. Only the files of hostkey/
 * include it. Everything is borrowed from the line.
 */
#ifndef HOSTKEY_LINE_H
#define HOSTKEY_LINE_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

enum known_hosts_marker {
	KNOWN_HOSTS_PLAIN,
	KNOWN_HOSTS_MARKER_REVOKED,   /* @revoked */
	KNOWN_HOSTS_MARKER_AUTHORITY, /* @cert-authority */
	KNOWN_HOSTS_MARKER_OTHER      /* an unknown marker */
};

struct known_hosts_word {
	const char *p; /* NULL when there is no such word */
	size_t n;
};

struct known_hosts_line {
	enum known_hosts_marker marker;
	struct known_hosts_word hosts; /* none: every host (pinned keys only) */
	struct known_hosts_word type;  /* none for a fingerprint */
	struct known_hosts_word key;   /* base64, or "SHA256:..." */
};

enum known_hosts_line_kind {
	KNOWN_HOSTS_LINE_EMPTY, /* blank, or a comment */
	KNOWN_HOSTS_LINE_KEY,
	KNOWN_HOSTS_LINE_BAD
};

/* Parses `n` bytes without the line end: "[@marker] hosts type base64". Of a bad
 * line `l` has what there is. */
enum known_hosts_line_kind known_hosts_line_read(struct known_hosts_line *l,
						 const char *text, size_t n);

/* The same for a pinned key: "[hosts ]type base64" or "[hosts ]SHA256:...". */
enum known_hosts_line_kind known_hosts_line_pinned(struct known_hosts_line *l,
						   const char *text, size_t n);

/* Whether the patterns mean `name` (a lower-case name, or "[name]:port"):
 * a hashed name, or a comma-separated list with '*', '?' and '!'. */
bool known_hosts_line_means(const struct known_hosts_word *hosts, const char *name);

/* Whether every host that the word means can be told: no hash that cannot be
 * read, no pattern that is longer than ssh takes, no second marker. */
bool known_hosts_line_is_list(const struct known_hosts_word *hosts);

/* Appends the key's wire format. Returns -1 when the text is not base64, is a
 * key of another type than the line says, or is not in its usual form
 * (hostkey/host_key): no other one is ever accepted, so it would mean nothing. */
int known_hosts_line_key(const struct known_hosts_line *l, struct buf *blob);

/* Writes the 32 bytes of a "SHA256:..." fingerprint; -1 when it is none. */
int known_hosts_line_fingerprint(const struct known_hosts_line *l, unsigned char *sha256);

#endif
