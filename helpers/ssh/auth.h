/*
 * auth - proves the user's identity to the server, by a key.
 */
#ifndef SSH_AUTH_H
#define SSH_AUTH_H

struct deadline;
struct err;
struct ssh;
struct ssh_login;

enum ssh_auth_result {
	SSH_AUTH_OK,
	SSH_AUTH_NOT_YET, /* a host that boots may answer otherwise a little later:
			     it refused a key, or closed the connection */
	SSH_AUTH_FAILED
};

/* Tries the private key of the login, or the agent's keys, then the default key
 * files. Never sends a password. Sets the error unless it succeeds.
 * Errors: ERR_AUTH (nothing accepted; names what was tried; or more is asked
 * for than a key), ERR_UNREACHABLE (the host closed the connection), ERR_REFUSED
 * (a kind of key that cannot be used here; says what can),
 * ERR_LOCAL (file missing, wrong passphrase, wrong permissions). */
enum ssh_auth_result ssh_auth(struct ssh *s, const struct ssh_login *login,
			      const struct deadline *d, struct err *e);

/* Checks the private key of the login, if it names one, as ssh_auth would,
 * without a connection: a missing file or wrong passphrase need not wait until
 * the host has booted. Errors: ERR_REFUSED, ERR_LOCAL. */
int ssh_auth_check(const struct ssh_login *login, const struct deadline *d,
		   struct err *e);

#endif
