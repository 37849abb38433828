/*
 * kex - which algorithms a connection asks for, and why none of the
 * server's would do: libssh2 only says that none is common, so what the
 * server lists is read along. Only handshake.c drives it; a struct
 * ssh_kex is part of its connection and owns nothing.
 */
#ifndef SSH_KEX_H
#define SSH_KEX_H

#include <libssh2.h>
#include <stdbool.h>
#include <stddef.h>

struct err;

struct ssh_kex {
	const char *host_keys;      /* asked for; borrowed until the handshake ends */
	bool any_key;               /* they are all there are, not those known */
	unsigned char packet[4096]; /* the server's first, behind its banner */
	size_t len;
	bool begun; /* the banner's line is over */
};

/* Asks for our algorithms, best first, and for the host key types `host_keys`
 * (as known_hosts_algorithms returns them); `any` says that those are not the
 * types of known keys, but all. Errors: ERR_REFUSED (libssh2 knows
 * none of a kind). */
int ssh_kex_choose(struct ssh_kex *k, LIBSSH2_SESSION *session, const char *host_keys,
		   bool any, struct err *e);

/* Keeps the next `n` bytes of the server, from within its banner's line on. */
void ssh_kex_read_along(struct ssh_kex *k, const char *bytes, size_t n);

/* Says why nothing was agreed on: which kind of algorithm, what the server
 * allows, and whether a newer libssh2 would do. Returns -1 with ERR_REFUSED, or
 * ERR_HOST_KEY when keys are known, and the server has none of their types. */
int ssh_kex_explain(const struct ssh_kex *k, LIBSSH2_SESSION *session, struct err *e);

#endif
