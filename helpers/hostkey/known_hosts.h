/*
 * known_hosts - which keys a host is known by, read as OpenSSH reads them:
 * plain, hashed, wildcard and negated patterns, [host]:port, @revoked,
 * several keys, CRLF, no final newline; unreadable lines are skipped, but for
 * those that say what is not to be trusted (libssh2's own reader gets most of
 * these wrong). Format: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT.
 *
 * A struct known_hosts holds only what concerns one host, and is owned by the
 * caller (known_hosts_free).
 */
#ifndef HOSTKEY_KNOWN_HOSTS_H
#define HOSTKEY_KNOWN_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct deadline;
struct err;
struct known_hosts;

enum known_hosts_verdict {
	KNOWN_HOSTS_OK,
	KNOWN_HOSTS_NEW,     /* nothing is known of this host */
	KNOWN_HOSTS_CHANGED, /* another key of this host is known */
	KNOWN_HOSTS_REVOKED  /* this very key is marked @revoked */
};

/* Reads `path` (NULL means ~/.ssh/known_hosts; "~/" is expanded; a missing
 * file is an empty one) and `pinned` (lines as in struct ssh_login, or NULL)
 * for `host` at `port`. A pinned line without hosts concerns every host; those
 * that concern the host replace the file's. A name without [host]:port stands
 * for port 22 only. @cert-authority lines are passed over with a warning. The
 * caller frees *out with known_hosts_free.
 * Errors: ERR_LOCAL (file unreadable, or a line of it that concerns the host
 * with @revoked or an unknown marker), ERR_USAGE (a pinned line that is no
 * key). */
int known_hosts_load(struct known_hosts **out, const char *path, const char *pinned,
		     const char *host, uint16_t port, struct err *e);

/* The host key algorithms to ask the server for, best first, comma-separated
 * as libssh2_session_method_pref takes them: those of the known keys; every
 * sound one for an unknown host or a fingerprint (which does not tell its
 * type). `rsa` says whether the library can verify rsa-sha2 signatures
 * (libssh2 >= 1.11). Borrowed from `k`. NULL with ERR_REFUSED when the host is
 * known only by keys that the library cannot verify. */
const char *known_hosts_algorithms(struct known_hosts *k, bool rsa, struct err *e);

/* Whether those are all there are: nothing is known of the host, or of the type
 * of its key. */
bool known_hosts_any_type(const struct known_hosts *k);

/* Judges the key (wire format, `n` bytes) that the server showed; CHANGED also
 * when it is not in its usual form (hostkey/host_key.h). On CHANGED
 * and REVOKED the error says which line of which file stands against it, both
 * fingerprints and what to do; on NEW the fingerprint and what to do. */
enum known_hosts_verdict known_hosts_check(const struct known_hosts *k,
					   const unsigned char *key, size_t n,
					   struct err *e);

/* Records the key for the host at the end of the file, creating it (0600, its
 * folder 0700) under a lock that other processes and threads of ours respect;
 * a key that somebody else has just recorded is not doubled, and when that was
 * a different key this one is refused. Waits for the lock for five seconds at
 * most.
 * Errors: ERR_LOCAL, ERR_HOST_KEY, ERR_USAGE (a host name that cannot stand in
 * the file). */
int known_hosts_record(const struct known_hosts *k, const unsigned char *key, size_t n,
		       const struct deadline *d, struct err *e);

/* The same for a public key as text, "type base64", that was verified otherwise, by a
 * pinned key for example; `path` as known_hosts_load takes it.
 * Errors: as above, and ERR_LOCAL for what is no key. */
int known_hosts_add(const char *path, const char *host, uint16_t port, const char *key,
		    const struct deadline *d, struct err *e);

/* Takes one host out of the file (`path` as known_hosts_load takes it; a missing
 * one is fine): its hashed lines, its lines, and its name where a line has
 * others too. Marked lines stay, as do patterns that mean other hosts with it,
 * with a warning. The new file takes the old one's place at once, with its
 * mode, under the lock of known_hosts_record; without a line it is removed.
 * *lines counts what was changed or taken out.
 * Errors: ERR_LOCAL, ERR_DEADLINE. */
int known_hosts_forget(const char *path, const char *host, uint16_t port,
		       unsigned int *lines, const struct deadline *d, struct err *e);

/* Writes "SHA256:..." of a key as ssh-keygen -l shows it; `out` of at least
 * 64 bytes. */
void known_hosts_fingerprint(const unsigned char *key, size_t n, char *out);

/* NULL is fine. */
void known_hosts_free(struct known_hosts *k);

#endif
