/*
 * session - what the files of ssh/ and http/ share of a
 * connection; nothing above net/ includes it.
 *
 * Every libssh2 call on a connection is made in a loop: call; on
 * LIBSSH2_ERROR_EAGAIN, ssh_session_wait; call again with the very same
 * arguments. libssh2 allows a half-sent packet to be finished only by the
 * call that began it (libssh2 #1397, #1454, #1672), so between the two no
 * other call may touch that session; the wait keeps that rule for the pumps.
 */
#ifndef SSH_SESSION_H
#define SSH_SESSION_H

#include "ssh/ssh.h"

#include <libssh2.h>

/* The libssh2 session; borrowed. It allocates by base/secret
 * (libssh2_session_init_ex): libssh2 frees what a sign callback hands it, and
 * has no public malloc for that. */
LIBSSH2_SESSION *ssh_session(struct ssh *s);

/* Waits until the session can go on, serving its pumps meanwhile.
 * Errors: ERR_DEADLINE when time is up or the stop descriptor fired,
 * ERR_UNREACHABLE when the connection is lost. */
int ssh_session_wait(struct ssh *s, const struct deadline *d, struct err *e);

/* Proves the user's identity to the server: the private key of the login, or
 * the agent's keys, then the default key files. Never sends a password.
 * Returns 0; 1 with an error when a host that boots still may give another
 * answer a little later (a key that was refused, a connection closed instead of
 * an answer); -1 with an error.
 * Errors: ERR_AUTH (nothing accepted; says what was offered; or more is asked
 * for than a key), ERR_UNREACHABLE (the host closed the connection), ERR_REFUSED
 * (a kind of key that cannot be used here; says what can),
 * ERR_LOCAL (file missing, wrong passphrase, wrong permissions). */
int ssh_auth(struct ssh *s, const struct ssh_login *login,
	     const struct deadline *d, struct err *e);

/* Checks the private key of the login, if it names one, as ssh_auth would,
 * without a connection: a missing file or wrong passphrase need not wait until
 * the host has booted. Errors: ERR_REFUSED, ERR_LOCAL. */
int ssh_auth_check(const struct ssh_login *login, const struct deadline *d,
		   struct err *e);

#endif
