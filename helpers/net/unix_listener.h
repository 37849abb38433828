/*
 * unix_listener - a unix socket of this machine that programs of the same user connect
 * to, and nobody else: 0600, in a folder of its own that is 0700, or where the caller
 * says.
 *
 * It is gone when its program ends; what one that was killed has left is taken away
 * by the next.
 */
#ifndef NET_UNIX_LISTENER_H
#define NET_UNIX_LISTENER_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>

struct err;

struct unix_listener {
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];   /* absolute */
	char folder[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* "" unless made */
	int fd;                                                   /* -1 when closed */
	dev_t dev; /* of the socket's file */
	ino_t ino;
};

/*
 * Listens at `path`; with NULL at "<prefix><random>/<name>" in $XDG_RUNTIME_DIR,
 * else $TMPDIR, else /tmp (`name`: 30 bytes at most), where abandoned folders of that prefix are removed. An
 * abandoned socket at `path` is replaced; anything else there is left alone.
 * Errors: ERR_USAGE (too long, in use, or something else is there), ERR_LOCAL. The
 * caller ends it with unix_listener_close, also after an error.
 */
int unix_listener_open(struct unix_listener *l, const char *path, const char *prefix,
		       const char *name, struct err *e);

/* Whether somebody listens on the socket at `path`, as far as can be told. */
bool unix_listener_is_live(const char *path);

/* Removes what was made, unless somebody else has put a socket in its place. */
void unix_listener_close(struct unix_listener *l);

#endif
