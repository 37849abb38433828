/* SPDX-License-Identifier: MIT */
/* Authenticates with one key. */
#include "ssh/auth_attempt.h"

#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/timing.h"
#include "sshkey/agent.h"
#include "ssh/internal.h"
#include "sshkey/key.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define LONGEST 65536 /* bytes of a public key or signature */

/* What the sign callback is given, and what went wrong in it. */
struct signer {
	const struct ssh_auth_attempt *attempt;
	const struct deadline *d;
	bool signed_it; /* so the host had taken the key */
	bool failed;
	struct err why;
};

/* The name of the algorithm inside of what is to be signed: RFC 4252 section
 * 7, behind session identifier, message number, user, service, "publickey"
 * and a boolean. Only that tells what libssh2 negotiated. */
static int algorithm_in(struct ssh_wire w, struct ssh_wire *algorithm)
{
	struct ssh_wire skip;
	unsigned char byte;

	return ssh_wire_string(&w, &skip) || ssh_wire_byte(&w, &byte) ||
	       ssh_wire_string(&w, &skip) || ssh_wire_string(&w, &skip) ||
	       ssh_wire_string(&w, &skip) || ssh_wire_byte(&w, &byte) ||
	       ssh_wire_string(&w, algorithm);
}

static int sign(struct signer *by, const unsigned char *data, size_t n, struct buf *made)
{
	const struct ssh_auth_attempt *a = by->attempt;
	struct ssh_to_sign what = { .data = { data, n } };
	size_t suffix = sizeof(SSH_KEY_CERT) - 1;

	if (algorithm_in(what.data, &what.algorithm))
		return err_set(&by->why, ERR_LOCAL,
			       "libssh2 wants something signed "
			       "that is no authentication request");
	/* A certificate's key signs as it does without. */
	if (a->cert && what.algorithm.n > suffix)
		what.algorithm.n -= suffix;
	if (a->key)
		return ssh_key_sign(a->key, &what, made, &by->why);
	return ssh_agent_sign(a->agent, a->index, &what, made, by->d, &by->why);
}

static int sign_callback(LIBSSH2_SESSION *session, unsigned char **signature,
			 size_t *signature_len, const unsigned char *data, size_t n,
			 void **abstract)
{
	struct signer *by = *abstract;
	struct buf made = BUF_INIT(LONGEST);
	int ret = -1;

	(void)session;
	if (sign(by, data, n, &made))
		goto out;
	*signature = secret_malloc(made.len);
	if (!*signature) {
		err_set(&by->why, ERR_LOCAL, "out of memory for a signature");
		goto out;
	}
	memcpy(*signature, made.data, made.len);
	*signature_len = made.len;
	by->signed_it = true;
	ret = 0;
out:
	by->failed = ret;
	buf_free(&made);
	return ret;
}

/* The public key as libssh2 is to send it. */
static int public_key(const struct ssh_auth_attempt *a, struct buf *out)
{
	struct ssh_wire w = a->key ? ssh_key_public(a->key)
				   : ssh_agent_key(a->agent, a->index)->public;
	struct ssh_wire whole = w, type;

	if (a->cert)
		whole = ssh_key_cert(a->key);
	if (a->cert || !a->rsa_algorithm || ssh_wire_string(&w, &type) ||
	    !ssh_wire_is(&type, "ssh-rsa"))
		return buf_add(out, whole.p, whole.n);
	ssh_wire_put_string(out, a->rsa_algorithm, strlen(a->rsa_algorithm));
	return buf_add(out, w.p, w.n);
}

/* libssh2 gives one code for a lost connection, a callback that failed and a
 * refused signature; only its text tells the first from the others. */
static bool is_lost(LIBSSH2_SESSION *session, int rc)
{
	char *text = NULL;

	if (rc == LIBSSH2_ERROR_SOCKET_DISCONNECT || rc == LIBSSH2_ERROR_SOCKET_RECV ||
	    rc == LIBSSH2_ERROR_SOCKET_SEND)
		return true;
	if (rc != LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED)
		return false;
	libssh2_session_last_error(session, &text, NULL, 0);
	return text &&
	       (!strncmp(text, "Waiting", 7) || !strncmp(text, "Failed waiting", 14));
}

/* libssh2 gives up on a packet that is longer than RFC 4253 section 6.1 lets a
 * client count on, as if the connection were lost, and leaves the rest of it
 * unread; the only one so long that sshd sends here is its banner. */
static enum ssh_auth_attempt_outcome
lost_or_too_long(struct ssh *s, const struct deadline *d, struct err *e)
{
	struct deadline soon = deadline_within(d, TIMING_SSH_PACKET_MS);
	struct err ignored;
	char more;

	ssh_session_wait(s, &soon, &ignored);
	if (recv(s->fd, &more, 1, MSG_PEEK) <= 0)
		return SSH_ATTEMPT_LOST;
	err_set(e, ERR_REFUSED,
		"the server's answer is longer than libssh2 takes "
		"(%d bytes); shorten the Banner of its sshd_config",
		LIBSSH2_PACKET_MAXPAYLOAD);
	return SSH_ATTEMPT_FAILED;
}

static enum ssh_auth_attempt_outcome wait_failed(const struct err *e)
{
	return e->kind == ERR_UNREACHABLE ? SSH_ATTEMPT_LOST : SSH_ATTEMPT_FAILED;
}

static bool lists_keys(const char *methods)
{
	static const char method[] = "publickey";
	const char *item;
	size_t n;

	while (text_next_item(&methods, &item, &n))
		if (n == sizeof(method) - 1 && !memcmp(item, method, n))
			return true;
	return false;
}

/* The host wanted the key's signature and did not let the user in for it: a
 * partial success (RFC 4252 section 5.1), which libssh2 does not tell from a
 * failure. What the host would take next it lists once it is asked for that:
 * no more keys after a partial success, unless it wants two of them, and after a
 * failure (PermitRootLogin, say) the same as before. */
static enum ssh_auth_attempt_outcome ask_for_more(struct ssh_auth_attempt *a,
						  const struct deadline *d, struct err *e)
{
	LIBSSH2_SESSION *session = a->ssh->session;
	const char *list;

	a->known = true;
	while (!(list = libssh2_userauth_list(session, a->user,
					      (unsigned int)strlen(a->user)))) {
		if (libssh2_session_last_error(session, NULL, NULL, 0) !=
		    LIBSSH2_ERROR_EAGAIN)
			return SSH_ATTEMPT_REFUSED;
		if (ssh_session_wait(a->ssh, d, e))
			return wait_failed(e);
	}
	if (!*list || lists_keys(list))
		return SSH_ATTEMPT_REFUSED;
	snprintf(a->more, sizeof(a->more), "%s", list);
	return SSH_ATTEMPT_MORE;
}

static enum ssh_auth_attempt_outcome try_key(struct ssh_auth_attempt *a,
					     const struct buf *public,
					     const struct deadline *d, struct err *e)
{
	LIBSSH2_SESSION *session = a->ssh->session;
	struct signer by = { .attempt = a, .d = d };
	void *abstract = &by;
	char *text = NULL;
	int rc;

	while ((rc = libssh2_userauth_publickey(session, a->user,
						(const unsigned char *)public->data,
						public->len, sign_callback, &abstract)) ==
	       LIBSSH2_ERROR_EAGAIN)
		if (ssh_session_wait(a->ssh, d, e))
			return wait_failed(e);
	if (!rc)
		return SSH_ATTEMPT_ACCEPTED;
	if (by.failed) {
		*e = by.why;
		return e->kind == ERR_DEADLINE ? SSH_ATTEMPT_FAILED
					       : SSH_ATTEMPT_UNUSABLE;
	}
	if (is_lost(session, rc))
		return lost_or_too_long(a->ssh, d, e);
	if (rc == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED && by.signed_it)
		return ask_for_more(a, d, e);
	if (rc == LIBSSH2_ERROR_AUTHENTICATION_FAILED ||
	    rc == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED)
		return SSH_ATTEMPT_REFUSED;
	libssh2_session_last_error(session, &text, NULL, 0);
	err_set(e, ERR_REFUSED, "libssh2 could not try the key: %s (%d)",
		text && *text ? text : "no reason given", rc);
	return SSH_ATTEMPT_UNUSABLE;
}

enum ssh_auth_attempt_outcome
ssh_auth_attempt_make(struct ssh_auth_attempt *a, const struct deadline *d, struct err *e)
{
	struct buf public = BUF_INIT(LONGEST);
	enum ssh_auth_attempt_outcome outcome = SSH_ATTEMPT_FAILED;

	if (public_key(a, &public))
		err_set(e, ERR_LOCAL, "out of memory for a public key");
	else
		outcome = try_key(a, &public, d, e);
	buf_free(&public);
	return outcome;
}
