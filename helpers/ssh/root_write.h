/*
 * root_write - a file of a host that root alone can read, written from here.
 */
#ifndef SSH_ROOT_WRITE_H
#define SSH_ROOT_WRITE_H

struct buf;
struct deadline;
struct err;
struct ssh;

/*
 * Writes `bytes` as the file `name` of the folder `folder` ([A-Za-z0-9/._-] both), mode 0600,
 * as root or through `sudo -n`. The folder is made, of mode 0700, where it is missing. Whether
 * all has arrived the caller has to look there.
 * Errors: ERR_REFUSED (no shell that runs commands; no sudo without a password; no room);
 * ERR_DEADLINE and ERR_UNREACHABLE, after which the connection is lost.
 */
int ssh_root_write(struct ssh *s, const char *folder, const char *name,
		   const struct buf *bytes, const struct deadline *d, struct err *e);

#endif
