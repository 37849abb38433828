/*
 * internal - what the files of hostkey/ share; nothing else includes it.
 */
#ifndef HOSTKEY_INTERNAL_H
#define HOSTKEY_INTERNAL_H

#include "base/buf.h"
#include "hostkey/known_hosts.h"

struct deadline;

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
	char *host; /* a name in lower case, or an address in its usual spelling */
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

/* Appends all that an open file holds from here on. Errors: ERR_LOCAL. */
int known_hosts_read_text(const char *path, int fd, struct buf *whole, struct err *e);

/* Fills in the path, as known_hosts_load takes it, and host, port and name: host names are
 * the same in any case, and the name carries every port but the usual one. Freed by
 * known_hosts_release, also after an error. Errors: ERR_LOCAL. */
int known_hosts_name_entry(struct known_hosts *k, const char *path, const char *host,
			   uint16_t port, struct err *e);

/* Gives the keys back. */
void known_hosts_clear(struct known_hosts *k);

/* Frees all that a struct on the stack holds. */
void known_hosts_release(struct known_hosts *k);

/* Opens a file to read and write it, with more flags of open(2), under the lock
 * that all who write known hosts here take, and sees to it that the path still
 * means that file. Returns its descriptor, which closing unlocks, or -1:
 * ERR_LOCAL, ERR_DEADLINE. */
int known_hosts_open_locked(const char *path, int flags, const struct deadline *d,
			    struct err *e);

/* What errno says, for a file that is to be written. Returns -1. */
int known_hosts_cannot_write(const char *path, struct err *e);

/* Hashes a key to KNOWN_HOSTS_SHA256 bytes. False when libcrypto cannot. */
bool known_hosts_hash(const void *key, size_t n, unsigned char *sha256);

/* Writes "SHA256:..." of a hash; `out` of at least 64 bytes. */
void known_hosts_show(const unsigned char *sha256, char *out);

#endif
