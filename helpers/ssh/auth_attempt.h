/*
 * auth_attempt - one key offered to the host over a connection: the part of
 * authentication that knows libssh2's ways. Only ssh_auth.c includes it.
 *
 * A callback signs, with libcrypto or through the agent. libssh2 1.10 sends
 * the first string of the public key as the algorithm's name and knows no RSA
 * with SHA-2, so there an RSA key is offered with that string rewritten, which
 * OpenSSH takes; since 1.11 the library negotiates the algorithm (RFC 8332).
 */
#ifndef SSH_AUTH_ATTEMPT_H
#define SSH_AUTH_ATTEMPT_H

#include <stdbool.h>
#include <stddef.h>

struct deadline;
struct err;
struct ssh;
struct ssh_agent;
struct ssh_key;

enum ssh_auth_attempt_outcome {
	SSH_OFFER_ACCEPTED,
	SSH_OFFER_REFUSED,  /* by the host */
	SSH_OFFER_MORE,     /* taken, but the host asks for `more`, and that is
			       no key */
	SSH_OFFER_UNUSABLE, /* the key cannot be used; the error says why */
	SSH_OFFER_LOST,     /* the host closed the connection */
	SSH_OFFER_FAILED    /* out of time or memory; the error says so */
};

/* All borrowed; `known` and `more` are written. */
struct ssh_auth_attempt {
	struct ssh *ssh;
	const char *user;
	const struct ssh_key *key;  /* or NULL, then */
	bool cert;                  /* offer the key's certificate */
	struct ssh_agent *agent;    /* this agent's */
	size_t index;               /* key */
	const char *rsa_algorithm;  /* by which to offer an RSA key; NULL lets
				       libssh2 (>= 1.11) choose */
	bool known; /* for REFUSED: the host wanted the key's signature first */
	char more[128]; /* for MORE: the methods that would go on, as the host
			   lists them */
};

/* Sets the error for UNUSABLE and FAILED only. */
enum ssh_auth_attempt_outcome ssh_auth_attempt_make(struct ssh_auth_attempt *o,
				      const struct deadline *d, struct err *e);

#endif
