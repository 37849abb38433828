/*
 * known_hosts_own - what the files known_hosts*.c share; nothing else
 * includes it.
 */
#ifndef NET_KNOWN_HOSTS_OWN_H
#define NET_KNOWN_HOSTS_OWN_H

#include "base/buf.h"
#include "net/known_hosts.h"

#define KNOWN_HOSTS_SHA256 32            /* bytes */
#define KNOWN_HOSTS_MAX_FILE (16u << 20) /* bytes */

struct known_hosts_key {
	struct buf blob; /* wire format; empty when only the hash is known */
	unsigned char sha256[KNOWN_HOSTS_SHA256];
	bool revoked;
	unsigned int line; /* from 1 */
};

struct known_hosts {
	char *path; /* expanded; NULL when pinned keys concern the host */
	char *host; /* as it was asked for, in lower case */
	uint16_t port;
	char *name;         /* host, or [host]:port */
	bool pinned;        /* the keys are pinned ones */
	bool pinned_others; /* there are pinned keys, of other hosts only */
	struct known_hosts_key *keys;
	size_t count;
	char algorithms[192];
};

/* Reads what an open file holds about the host, from its beginning, adding to
 * the keys; `whole` gets the text. Errors: ERR_LOCAL. */
int known_hosts_read_file(struct known_hosts *k, int fd, struct buf *whole,
			  struct err *e);

/* Gives the keys back. */
void known_hosts_forget(struct known_hosts *k);

/* Writes "SHA256:..." of a hash; `out` of at least 64 bytes. */
void known_hosts_show(const unsigned char *sha256, char *out);

#endif
