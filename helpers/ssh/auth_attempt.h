/*
 * auth_attempt - one authentication with one key: the part that knows libssh2's
 * ways. Only auth.c includes it.
 *
 * A callback signs, with libcrypto or through the agent. libssh2 1.10 sends
 * the first string of the public key as the algorithm's name and knows no RSA
 * with SHA-2, so there an RSA key is sent with that string rewritten, which
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
	SSH_ATTEMPT_ACCEPTED,
	SSH_ATTEMPT_REFUSED,  /* by the host */
	SSH_ATTEMPT_MORE,     /* taken, but the host asks for `more`, and that is
			       no key */
	SSH_ATTEMPT_UNUSABLE, /* the key cannot be used; the error says why */
	SSH_ATTEMPT_LOST,     /* the host closed the connection */
	SSH_ATTEMPT_FAILED    /* out of time or memory; the error says so */
};

/* All borrowed; `known` and `more` are written. */
struct ssh_auth_attempt {
	struct ssh *ssh;
	const char *user;
	const struct ssh_key *key; /* or NULL, then */
	bool cert;                 /* with the key's certificate */
	struct ssh_agent *agent;   /* this agent's */
	size_t index;              /* key */
	const char *rsa_algorithm; /* of an RSA key; NULL lets libssh2
				       (>= 1.11) choose */
	bool known;     /* for REFUSED: the host wanted the key's signature first */
	char more[128]; /* for MORE: the methods that would go on, as the host
			   lists them */
};

/* Sets the error for UNUSABLE and FAILED only. */
enum ssh_auth_attempt_outcome ssh_auth_attempt_make(struct ssh_auth_attempt *a,
						    const struct deadline *d,
						    struct err *e);

#endif
