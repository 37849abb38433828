/*
 * agent - the keys that a running ssh-agent holds, and signatures by them
 * (the protocol: draft-miller-ssh-agent). libssh2's own client blocks without
 * a limit and, in 1.10, asks for SHA-1 signatures of RSA keys.
 *
 * Every call ends by its deadline, however the agent behaves, and replies are
 * bounded. The agent belongs to the caller (ssh_agent_close).
 */
#ifndef SSHKEY_AGENT_H
#define SSHKEY_AGENT_H

#include "sshkey/wire.h"

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct deadline;
struct err;
struct ssh_agent;

#define SSH_AGENT_MAX_KEYS 64 /* further ones are passed over */

struct ssh_agent_key {
	struct ssh_wire public; /* wire format; borrowed from the agent */
	char comment[64];       /* fit to print */
	bool usable;            /* no certificate, security key or DSA key */
};

/* Connects to the agent's socket and asks for its keys. The caller frees *out.
 * Errors: ERR_LOCAL (nothing listens there, garbled reply), ERR_DEADLINE. */
int ssh_agent_open(struct ssh_agent **out, const char *socket, const struct deadline *d,
		   struct err *e);

/* How many keys it holds, and one of them. Borrowed. */
size_t ssh_agent_count(const struct ssh_agent *a);
const struct ssh_agent_key *ssh_agent_key(const struct ssh_agent *a, size_t i);

/*
 * Appends a signature by key `i`, as ssh_key_sign does.
 * Errors: ERR_REFUSED (the agent will not sign, or only by another
 * algorithm), ERR_LOCAL (garbled reply, the agent has gone), ERR_DEADLINE.
 */
int ssh_agent_sign(struct ssh_agent *a, size_t i, const struct ssh_to_sign *what,
		   struct buf *signature, const struct deadline *d, struct err *e);

/* NULL is fine. */
void ssh_agent_close(struct ssh_agent *a);

#endif
