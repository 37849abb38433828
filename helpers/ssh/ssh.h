/*
 * ssh - one verified, authenticated SSH connection to a host, through a
 * bastion when there is one, and what runs over it.
 *
 * The only users of libssh2 are the files of ssh/. A connection belongs to
 * one thread at a time. All waiting is done here, by poll, until the deadline
 * of the call; while one call waits, the streams of the same connection (the
 * bastion's hop, forwarded sockets) are served too. A connection through a
 * bastion owns the bastion's connection.
 */
#ifndef SSH_SSH_H
#define SSH_SSH_H

#include "sshkey/key.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct deadline;
struct err;
struct ssh;

/* In the order of the words of host_key_policy. */
enum ssh_policy {
	SSH_STRICT,    /* the host key must be known or pinned */
	SSH_ACCEPT_NEW /* an unknown host's key is recorded; a changed one refused */
};

/* How to reach a host. All strings are borrowed until ssh_close. */
struct ssh_login {
	const char *host; /* name or literal */
	uint16_t port;
	const char *user;
	const char *private_key;      /* path, or NULL: agent, then ~/.ssh/id_ed25519,
				    id_ecdsa, id_rsa */
	struct ssh_key_text key_text; /* in place of that file; text NULL: none */
	const char *passphrase;       /* of the key; NULL for none. Secret */
	const char *known_hosts;      /* path, or NULL for ~/.ssh/known_hosts */
	const char *host_key;         /* pinned keys, one a line ("[hosts ]type base64"
				    or "[hosts ]SHA256:..."), or NULL */
	enum ssh_policy policy;
	bool wait_for_boot;        /* keep trying while nothing listens yet, or while
			       the host lets the user in only later */
	atomic_bool *awaits_login; /* set while the host, when it was tried last,
				      has shown its key and not let the user in;
				      NULL where nobody asks */
	const struct ssh_login *bastion; /* NULL for none */
};

/*
 * Connects, verifies the host key before anything is sent, authenticates.
 * Retries what happens before the server's banner (MaxStartups drops, and with
 * wait_for_boot also refused or unanswered connects, saying so by
 * log_progress) with growing, jittered pauses until the deadline; never
 * retries a wrong host key, and a refused login only with wait_for_boot: a
 * connection closed instead of an answer (pam_nologin, while a host boots) until
 * the deadline, a refused key (cloud-init may write it after sshd has begun) for
 * the first minute, with pauses that add up to no penalty.
 * Errors: ERR_UNREACHABLE (also when connecting used up the time),
 * ERR_HOST_KEY, ERR_AUTH, ERR_REFUSED (no common algorithm), ERR_LOCAL.
 * The caller frees *out with ssh_close.
 */
int ssh_open(struct ssh **out, const struct ssh_login *login, const struct deadline *d,
	     struct err *e);

/* Ends the connection politely, in a fraction of a second, then closes. NULL is fine. */
void ssh_close(struct ssh *s);

/* Whether nothing can be done over the connection any more. */
bool ssh_is_lost(const struct ssh *s);

/* Says that the connection is lost, or that it was broken off and why; it may be
 * the bastion's. `doing` begins the sentence. Returns -1 with ERR_UNREACHABLE or
 * ERR_REFUSED. */
int ssh_lost(const struct ssh *s, const char *doing, struct err *e);

/* The user of the login. Borrowed. */
const char *ssh_user(const struct ssh *s);

/* Appends the public key that the host has proved to hold and that was verified, as
 * "type base64". Errors: ERR_LOCAL (no room in `out`). */
int ssh_host_key(const struct ssh *s, struct buf *out, struct err *e);

/* The end of what the last forwarded command wrote to stderr that ended without
 * any output; "" once another is started. Borrowed until then. */
const char *ssh_stderr_tail(const struct ssh *s);

/* Called with each line that a command writes (stdout and stderr as they come),
 * `n` bytes without the line end. Returns false once the caller knows how the
 * command has ended. */
typedef bool ssh_line_fn(void *ctx, const char *line, size_t n);

/* Borrowed, all of it. */
struct ssh_command {
	const char *line;        /* for the user's login shell */
	const struct buf *input; /* or NULL */
	ssh_line_fn *on_line;    /* what is longer than 1,024 bytes is cut; NULL
				    drops all */
	void *ctx;
};

/*
 * Runs a command and writes its exit code as ssh_channel_close does. After
 * on_line has returned false it takes for a second more what comes, and then
 * succeeds however the rest goes: what the command left running may hold its
 * output open, or the host be going down. *exit_code is then left alone unless
 * one came. What is no text is read from a channel (ssh/channel.h).
 * Errors: ERR_DEADLINE, ERR_UNREACHABLE (connection lost), ERR_REFUSED (the
 * server forbids commands).
 */
int ssh_exec(struct ssh *s, const struct ssh_command *c, int *exit_code,
	     const struct deadline *d, struct err *e);

/* A connection and those that it goes through have at most so many descriptors
 * to poll: more hops and more forwards are refused. */
#define SSH_MAX_HOPS 3      /* with the host itself */
#define SSH_MAX_FORWARDS 16 /* of one connection */
#define SSH_MAX_POLL (SSH_MAX_HOPS * (SSH_MAX_FORWARDS + 1))

struct pollfd;

/* Writes what to poll before the next ssh_serve, at most SSH_MAX_POLL entries,
 * and returns how many. */
size_t ssh_poll_set(const struct ssh *s, struct pollfd *out);

/* Moves what the forwards can move without waiting, on this connection and those
 * it goes through. */
void ssh_serve(struct ssh *s, const struct deadline *d);

#endif
