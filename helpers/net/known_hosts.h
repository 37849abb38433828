/*
 * known_hosts - which keys a host is known by, read as OpenSSH reads them:
 * plain, hashed, wildcard and negated patterns, [host]:port, @revoked,
 * several keys, CRLF, no final newline; unreadable lines are skipped
 * (libssh2's own reader gets most of these wrong). Format: sshd(8),
 * SSH_KNOWN_HOSTS FILE FORMAT.
 *
 * A struct known_hosts holds only what concerns one host, and is owned by the
 * caller (known_hosts_free).
 */
#ifndef NET_KNOWN_HOSTS_H
#define NET_KNOWN_HOSTS_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct known_hosts;

enum known_hosts_verdict {
	KNOWN_HOSTS_OK,
	KNOWN_HOSTS_NEW,     /* nothing is known of this host */
	KNOWN_HOSTS_CHANGED, /* another key of this host is known */
	KNOWN_HOSTS_REVOKED  /* this very key is marked @revoked */
};

/* Reads `path` (a missing file is an empty one; "~/" is expanded) and
 * `pinned` (lines as in struct ssh_login, or NULL) for `host` at `port`.
 * Pinned keys that concern the host replace the file's.
 * Errors: ERR_LOCAL (file unreadable), ERR_USAGE (a pinned line that is no key). */
int known_hosts_load(struct known_hosts **out, const char *path,
		     const char *pinned, const char *host, uint16_t port,
		     struct err *e);

/* The host key algorithms to ask the server for, best first, comma-separated
 * as libssh2_session_method_pref takes them: those of the known keys; every
 * sound one for an unknown host. Borrowed. */
const char *known_hosts_algorithms(const struct known_hosts *k);

/* Judges the key (wire format, `n` bytes) that the server showed. On CHANGED
 * and REVOKED the error says which line of which file stands against it, both
 * fingerprints and what to do; on NEW the fingerprint and what to do. */
enum known_hosts_verdict known_hosts_check(const struct known_hosts *k,
					   const unsigned char *key, size_t n,
					   struct err *e);

/* Records the key for the host at the end of the file, creating it (0600, its
 * folder too) under a lock that other processes of ours respect; a line that
 * another process has just written for the same key is not doubled, and a
 * different key written meanwhile is refused.
 * Errors: ERR_LOCAL, ERR_HOST_KEY. */
int known_hosts_record(const struct known_hosts *k, const unsigned char *key,
		       size_t n, struct err *e);

/* Writes "SHA256:..." of a key as ssh-keygen -l shows it; `out` of at least
 * 64 bytes. */
void known_hosts_fingerprint(const unsigned char *key, size_t n, char *out);

/* NULL is fine. */
void known_hosts_free(struct known_hosts *k);

#endif
