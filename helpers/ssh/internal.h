/*
 * internal - the inside of a connection, for the files of ssh/ and
 * http/ that drive it; nothing else includes it.
 *
 * At any time at most one libssh2 call of a session may have left a half-sent
 * packet behind, and then only that call may be made on it again. Either that
 * is the foreground call (the one that ssh_session_wait is waiting for) or
 * one of the pumps, then named by `holder`.
 */
#ifndef SSH_INTERNAL_H
#define SSH_INTERNAL_H

#include "base/deadline.h"
#include "ssh/kex.h"
#include "ssh/session.h"

#include <poll.h>

struct known_hosts;
struct ssh_forward;

#define SSH_MAX_FORWARDS 16
#define SSH_MAX_UNTRUSTED (1u << 20) /* bytes received before the login */
#define SSH_MAX_MEMORY (64 << 20)    /* bytes that libssh2 holds */
/* A connection, its bastion's, and that one's bastion's; more hops are
 * refused. */
#define SSH_MAX_HOPS 3
#define SSH_MAX_POLL (SSH_MAX_HOPS * (SSH_MAX_FORWARDS + 1))

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
	LIBSSH2_SESSION *session;
	int fd; /* the TCP socket, or our end of the bastion's hop */
	struct ssh_forward *pumps; /* owned */
	struct ssh_forward *holder;
	uint64_t received; /* bytes read from fd */
	struct deadline until; /* of the call under way: a peer that never
				  pauses must not keep libssh2 in a loop of
				  its own */
	bool lost;
	bool had_session; /* the server has let us have one */
	bool trusted;  /* it has the right key, and the user is in */
	int64_t taken; /* bytes that libssh2 has allocated */
	const char *excess; /* why we broke the connection off, else NULL */
	struct ssh_banner banner;
	struct ssh_kex kex;
	char name[300]; /* "host:port" for progress and notes */
	char peer[80];
	char said[300]; /* stderr of the last program that ended unheard */
};

/* Makes the libssh2 session on s->fd and negotiates; the server's key is
 * checked against `known` before this returns. Until the banner has come it
 * waits no longer than `banner`, then until `d`.
 * Errors: as ssh_open. */
int ssh_handshake(struct ssh *s, struct known_hosts *known,
		  const struct deadline *banner, const struct deadline *d,
		  struct err *e);

/* Waits until no pump has a half-sent packet on the session; before the first
 * call of a foreground operation. Errors: as ssh_session_wait. */
int ssh_claim(struct ssh *s, const struct deadline *d, struct err *e);

/* Moves what can be moved without waiting, on this connection and those it
 * goes through; `held` when the foreground call has a half-sent packet. */
void ssh_serve(struct ssh *s, bool held, const struct deadline *d);

/* Writes what to poll before the next ssh_serve, at most SSH_MAX_POLL entries;
 * `reader` when somebody beside the pumps waits for input. */
size_t ssh_poll_set(const struct ssh *s, bool held, bool reader,
		    struct pollfd *out);

/* Puts the failure `rc` of a libssh2 call into words: "<doing>: ...";
 * the connection counts as lost when it is. Returns -1. */
int ssh_failed(struct ssh *s, int rc, const char *doing, struct err *e);

/* Says that the connection is lost, or that it was broken off and why; it may be
 * the bastion's. `doing` begins the sentence. Returns -1. */
int ssh_lost(const struct ssh *s, const char *doing, struct err *e);

/* What we broke this connection off for, or its bastion's; NULL for nothing. */
const char *ssh_excess(const struct ssh *s);

/* Whether a libssh2 error code means that the whole connection is gone. */
bool ssh_is_fatal(long rc);

/* Opens a channel of `type` with the payload that follows the fixed fields of
 * SSH_MSG_CHANNEL_OPEN (RFC 4254 section 5.1). Returns 0; 1 when the server
 * refused, with its reason as libssh2 words it in *why (borrowed until the
 * next call); -1 with an error. The caller frees *out with
 * libssh2_channel_free, or leaves it to ssh_close. */
int ssh_channel_open(struct ssh *s, LIBSSH2_CHANNEL **out, const char *type,
		     const void *payload, size_t n, const char **why,
		     const struct deadline *d, struct err *e);

/* Opens a session channel and starts `command` on it, 0 or -1. Where the server
 * refuses one more session, tries again for `again_ms` if there was one before,
 * which counts until its command has ended there. Errors: as ssh_exec. */
#define SSH_SESSION_MS 3000
int ssh_channel_exec(struct ssh *s, LIBSSH2_CHANNEL **out, const char *command,
		     int64_t again_ms, const struct deadline *d, struct err *e);

/* A socket whose other end is `host`:`port` as the host of `s` reaches it
 * (direct-tcpip, RFC 4254 section 7.2). The caller closes *fd.
 * Errors: ERR_UNREACHABLE, ERR_REFUSED (forwarding forbidden), ERR_DEADLINE,
 * ERR_LOCAL; each begins with "bastion <host>". */
int ssh_hop(struct ssh *s, const char *host, uint16_t port, int *fd,
	    const struct deadline *d, struct err *e);

#endif
