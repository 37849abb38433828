/*
 * internal - the inside of a connection, for the files of ssh/ alone.
 *
 * At any time at most one libssh2 call of a session may have left a half-sent
 * packet behind, and only the same call with the same arguments may then be made
 * on it (libssh2 #1397, #1454, #1672). Either that is the foreground call, made
 * in a loop of call, ssh_session_wait on LIBSSH2_ERROR_EAGAIN, call again; or
 * that of a channel, which `write_owner` names.
 */
#ifndef SSH_INTERNAL_H
#define SSH_INTERNAL_H

#include "base/deadline.h"
#include "ssh/channel.h"
#include "ssh/kex.h"

#include <libssh2.h>
#include <poll.h>

struct known_hosts;
struct ssh_forward;

#define SSH_MAX_UNTRUSTED (1u << 20) /* bytes received before the login */
#define SSH_MAX_MEMORY (64 << 20)    /* bytes that libssh2 holds */
#define SSH_STDERR_TAIL 300

/* What came before the server's banner (RFC 4253 section 4.2). */
struct ssh_banner {
	char line[128];  /* the line that is being received */
	char first[128]; /* the first whole line */
	size_t len;
	size_t total; /* bytes */
	bool seen;    /* "SSH-" has come */
};

struct ssh {
	const struct ssh_login *login; /* borrowed */
	struct ssh *outer;             /* the bastion's connection, owned */
	/* Allocates by base/secret: libssh2 frees what a sign callback hands
	 * it, and has no public malloc for that. */
	LIBSSH2_SESSION *session;
	int fd; /* the TCP socket, or our end of the bastion's hop */
	struct ssh_forward *forwards; /* owned */
	struct ssh_channel *write_owner;
	uint64_t received;     /* bytes read from fd */
	struct deadline until; /* of the call under way: a peer that never
				  pauses must not keep libssh2 in a loop of
				  its own */
	bool lost;
	bool exchanging;          /* keys, and not at the end of that */
	bool had_session;         /* the server has let us have one */
	bool logged_in;           /* it has the right key, and the user is in */
	int64_t allocated;        /* bytes, by libssh2 */
	const char *abort_reason; /* why we broke the connection off, else NULL */
	struct ssh_banner banner;
	struct ssh_kex kex;
	char name[300]; /* "host:port" for progress and notes */
	char stderr_tail[SSH_STDERR_TAIL];
};

/* Makes the libssh2 session on s->fd and negotiates; the server's key is
 * checked against `known` before this returns. Until the banner has come it
 * waits no longer than `banner`, then until `d`.
 * Errors: as ssh_open. */
int ssh_handshake(struct ssh *s, struct known_hosts *known, const struct deadline *banner,
		  const struct deadline *d, struct err *e);

/* Ends an exchange of keys that was given up, on a socket that is shut: libssh2 (1.10,
 * 1.11) frees its half of it only in the call in which that fails. */
void ssh_handshake_drop(struct ssh *s);

/* Waits until no channel has a half-sent packet on the session; before the
 * first call of a foreground operation. Errors: as ssh_session_wait. */
int ssh_claim(struct ssh *s, const struct deadline *d, struct err *e);

/* Waits until the foreground call can go on, serving the forwards meanwhile.
 * Errors: ERR_DEADLINE when time is up or the stop descriptor fired,
 * ERR_UNREACHABLE when the connection is lost. */
int ssh_session_wait(struct ssh *s, const struct deadline *d, struct err *e);

/* The same for a call on `c`; for the foreground call when it is NULL. */
int ssh_wait_for(struct ssh *s, const struct ssh_channel *c, const struct deadline *d,
		 struct err *e);

/* Whether the libssh2 call that was made last has left half of a packet. */
bool ssh_is_half_sent(const struct ssh *s);

/* A socket whose other end is `host`:`port` as the host of `s` reaches it. The
 * caller closes *fd. Errors: as ssh_channel_tcp; each begins with
 * "bastion <host>". */
int ssh_hop(struct ssh *s, const char *host, uint16_t port, int *fd,
	    const struct deadline *d, struct err *e);

/* Sets the error for the failure `rc` of a libssh2 call: "<doing>: ...";
 * the connection counts as lost when it is. Returns -1. */
int ssh_failed(struct ssh *s, int rc, const char *doing, struct err *e);

/* What we broke this connection off for, or its bastion's; NULL for nothing. */
const char *ssh_abort_reason(const struct ssh *s);

/* Whether a libssh2 error code means that the whole connection is gone. */
bool ssh_is_fatal(long rc);

/* A call of libssh2 on a channel, which may have to be repeated. */
enum ssh_op {
	SSH_OP_NONE,
	SSH_OP_READ,
	SSH_OP_WRITE,
	SSH_OP_EOF,
	SSH_OP_CLOSE,
	SSH_OP_WIDEN
};

struct ssh_channel_call {
	enum ssh_op op;
	int stream;
	void *in;        /* of SSH_OP_READ */
	const void *out; /* of SSH_OP_WRITE */
	size_t n;        /* bytes */
};

struct ssh_channel {
	struct ssh *ssh;
	LIBSSH2_CHANNEL *handle;
	struct ssh_channel_call half_sent; /* while it is ssh->write_owner */
	int error;                         /* the last one of libssh2, 0 for none */
};

/* Takes over an open channel. NULL when there is no memory. */
struct ssh_channel *ssh_channel_new(struct ssh *s, LIBSSH2_CHANNEL *handle);

/* Makes the call unless another one has to be finished first. Returns what
 * ssh_channel_read does, for all calls alike. */
ssize_t ssh_channel_run(struct ssh_channel *c, const struct ssh_channel_call *call);

/* Lets the server send ahead so that `window` bytes are under way or wait here to
 * be read, as soon as a quarter of them has been read: 0, or as ssh_channel_read. */
ssize_t ssh_channel_widen(struct ssh_channel *c, uint32_t window);

/* Whether reading `c` may give bytes or its end, by what has come already: reading
 * asks the system each time. Also while half of a packet of `c` is on its way. */
bool ssh_channel_has_input(const struct ssh_channel *c);

/* Whether the server takes bytes of `c`, by what has come already. */
bool ssh_channel_has_room(const struct ssh_channel *c);

/* Sets the error for a call on `c` that failed. Returns -1. */
int ssh_channel_failed(struct ssh_channel *c, const char *doing, struct err *e);

/* Repeats what `c` has half sent, then closes it: 0 or as ssh_channel_read. */
ssize_t ssh_channel_step_close(struct ssh_channel *c);

/* Frees `c` (NULL is fine) and leaves libssh2's part to the end of the session. */
void ssh_channel_drop(struct ssh_channel *c);

/* Steps every forward of `s` once (not those of its outer connections) and frees
 * those that are over. True when any of them got on. */
bool ssh_forward_step(struct ssh *s);

/* Whether a forward of `s` could use input from the connection. */
bool ssh_forward_reads(const struct ssh *s);

/* Adds the local sockets of the forwards of `s`; returns how many. */
size_t ssh_forward_poll(const struct ssh *s, struct pollfd *out);

/* Frees all forwards of `s` and closes their sockets. */
void ssh_forward_end(struct ssh *s);

#endif
