/*
 * channel - one stream of bytes over a connection: a command's standard input,
 * output and error, or a socket that the host has connected to.
 *
 * Opening and closing wait; reading and writing do not. They return
 * SSH_CHANNEL_AGAIN, and the caller waits with ssh_channel_wait, or polls what
 * ssh_poll_set lists and calls ssh_serve. Many channels of a connection are open
 * side by side. The caller owns a channel and frees it before the connection.
 *
 * A call that returned SSH_CHANNEL_AGAIN may have sent half of a packet. It is
 * repeated with the same arguments, whose bytes stay in place until then, before
 * anything else is opened or started on the connection; freeing the channel
 * does that, too.
 */
#ifndef SSH_CHANNEL_H
#define SSH_CHANNEL_H

#include "ssh/ssh.h"

#include <sys/types.h>

struct ssh_channel;

enum ssh_channel_opened {
	SSH_CHANNEL_OPENED,
	SSH_CHANNEL_REFUSED, /* by the server; the connection can be used */
	SSH_CHANNEL_FAILED
};

enum ssh_stream {
	SSH_STDOUT, /* also the one stream of a socket */
	SSH_STDERR
};

/* Returned in place of a number of bytes. */
enum {
	SSH_CHANNEL_AGAIN = -1, /* nothing can be moved now */
	SSH_CHANNEL_CLOSED = -2 /* the channel, or the connection (ssh_is_lost), is
				   gone */
};

/*
 * Starts `command` through the user's login shell. Where the server refuses
 * one more session and has let this connection have one before, asks again for
 * `again_ms`. The caller frees *out with ssh_channel_free or ssh_channel_close.
 * Errors: ERR_REFUSED with SSH_CHANNEL_REFUSED; with SSH_CHANNEL_FAILED
 * ERR_DEADLINE, ERR_UNREACHABLE, ERR_LOCAL.
 */
enum ssh_channel_opened ssh_channel_exec(struct ssh_channel **out, struct ssh *s,
					 const char *command, int64_t again_ms,
					 const struct deadline *d, struct err *e);

/* Connects to the unix socket `path` on the host
 * (direct-streamlocal@openssh.com). A server refuses for every reason alike, so
 * SSH_CHANNEL_REFUSED comes without an error. Otherwise as ssh_channel_exec. */
enum ssh_channel_opened ssh_channel_unix(struct ssh_channel **out, struct ssh *s,
					 const char *path, const struct deadline *d,
					 struct err *e);

/* Connects to `host`:`port` from the host (direct-tcpip, RFC 4254 section 7.2).
 * Errors: ERR_UNREACHABLE or ERR_REFUSED with SSH_CHANNEL_REFUSED, otherwise as
 * ssh_channel_exec. */
enum ssh_channel_opened ssh_channel_tcp(struct ssh_channel **out, struct ssh *s,
					const char *host, uint16_t port,
					const struct deadline *d, struct err *e);

/* Reads at most `n` bytes; 0 once both streams have ended and been read. */
ssize_t ssh_channel_read(struct ssh_channel *c, enum ssh_stream stream, void *bytes,
			 size_t n);

/* Writes at most `n` bytes and returns how many, never 0. */
ssize_t ssh_channel_write(struct ssh_channel *c, const void *bytes, size_t n);

/* Says that no more bytes will be written. Returns 0 once it is said. */
ssize_t ssh_channel_send_eof(struct ssh_channel *c);

/* Waits until a call on `c` may get on, serving the connection's forwards
 * meanwhile. Errors: ERR_DEADLINE (time is up, or the stop descriptor fired),
 * ERR_UNREACHABLE (the connection is lost). */
int ssh_channel_wait(struct ssh_channel *c, const struct deadline *d, struct err *e);

/* Closes and frees `c`, also when it fails, and writes the exit code of its
 * command: 128 + n when a signal ended it; 0 also when the server sent none,
 * which libssh2 does not tell apart. A failure loses the connection.
 * Errors: as ssh_channel_wait. */
int ssh_channel_close(struct ssh_channel *c, int *exit_code, const struct deadline *d,
		      struct err *e);

/* Closes and frees `c` without waiting: 0, or SSH_CHANNEL_AGAIN when it has to
 * be called again. On a connection that is lost it frees at once. */
int ssh_channel_free(struct ssh_channel *c);

#endif
