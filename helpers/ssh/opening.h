/*
 * opening - a channel that is being opened while others of its connection carry
 * bytes. For the files of ssh/ alone.
 *
 * A connection has at most one of them at a time (libssh2 keeps what it waits for in
 * the session), and nothing else is opened or run on it meanwhile.
 */
#ifndef SSH_OPENING_H
#define SSH_OPENING_H

#include "base/buf.h"
#include "ssh/destination.h"
#include "ssh/internal.h"

enum ssh_opening_step {
	SSH_OPENING_AGAIN, /* not yet; to be called again */
	SSH_OPENING_DONE,
	SSH_OPENING_REFUSED, /* by the server; the connection can be used */
	SSH_OPENING_FAILED   /* the connection is lost */
};

struct ssh_opening {
	struct ssh *ssh;
	const char *type;
	const char *path;        /* NULL: a command's */
	const char *command;     /* NULL: there is none, or it has been started */
	struct buf payload;      /* what follows the fixed fields of the request */
	LIBSSH2_CHANNEL *handle; /* open, while its command is being started */
	uint32_t window;         /* bytes that the server may send ahead */
	/* Stands for the request as the connection's write owner. */
	struct ssh_channel owner;
};

/* Prepares it; nothing is sent yet. Errors: ERR_USAGE (the path is too long). The
 * caller frees it with ssh_opening_free. */
int ssh_opening_init(struct ssh_opening *o, struct ssh *s,
		     const struct ssh_destination *to, uint32_t window, struct err *e);

/* Gets on without waiting. With SSH_OPENING_DONE the caller frees *out. Sets the
 * error with SSH_OPENING_REFUSED and SSH_OPENING_FAILED. */
enum ssh_opening_step ssh_opening_step(struct ssh_opening *o, struct ssh_channel **out,
				       struct err *e);

/* What is still on its way is left to libssh2: of one that has not ended nothing
 * else can be opened on that connection. */
void ssh_opening_free(struct ssh_opening *o);

#endif
