/*
 * root_read - a file of a host that only root can read, as a stream of bytes.
 */
#ifndef SSH_ROOT_READ_H
#define SSH_ROOT_READ_H

#include <stdint.h>

struct deadline;
struct err;
struct sink;
struct ssh;

/*
 * Without a connection (NULL) the host is this machine, where this process reads it.
 * Reads `bytes` bytes of the file `path` ([A-Za-z0-9/._-]) as root, or through `sudo -n`.
 * Whether they are the right ones the caller has to know: what comes is what the server
 * sends.
 * Errors: ERR_REFUSED (no shell that runs commands; no sudo without a password; fewer
 * bytes); ERR_DEADLINE and ERR_UNREACHABLE, after which the connection is lost; those of
 * `sink`.
 */
int ssh_root_read(struct ssh *s, const char *path, uint64_t bytes,
		  const struct sink *sink, const struct deadline *d, struct err *e);

#endif
