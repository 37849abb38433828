/* SPDX-License-Identifier: MIT */
/* The one lock under which a known_hosts file is changed. */
#include "base/deadline.h"
#include "base/err.h"
#include "base/file.h"
#include "base/timing.h"
#include "hostkey/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int known_hosts_cannot_write(const char *path, struct err *e)
{
	return err_set(e, ERR_LOCAL, "cannot write known hosts %s: %s", path,
		       strerror(errno));
}

/* flock and not fcntl: a lock of fcntl belongs to the process, so it would not
 * keep two threads apart, and another thread's mere reading of the file would
 * drop it. No portable lock waits with a limit; hence the pauses. */
static int lock(const char *path, int fd, const struct deadline *d, struct err *e)
{
	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return known_hosts_cannot_write(path, e);
		if (deadline_pause(d, TIMING_LOCK_MS))
			return err_set(e, ERR_LOCAL,
				       "cannot write known hosts "
				       "%s: another process has kept the file "
				       "locked; look who holds it with fuser",
				       path);
	}
	return 0;
}

/* Another file may have been put in the old one's place, by us (forgetting) or
 * by ssh-keygen -R; what was locked must still be what the path means. */
static bool still_there(const char *path, int fd)
{
	struct stat opened, named;

	return !fstat(fd, &opened) && !stat(path, &named) &&
	       opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

/* Returns a descriptor, or -1 with errno, as file_open does. */
static int open_regular(const char *path, int flags)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | flags, 0600);
	int error = errno == EISDIR ? FILE_ODD : errno;
	struct stat st;

	if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	if (fd >= 0) {
		error = FILE_ODD;
		close(fd);
	}
	errno = error;
	return -1;
}

int known_hosts_open_locked(const char *path, int flags, const struct deadline *d,
			    struct err *e)
{
	for (;;) {
		int fd = open_regular(path, flags);

		if (fd < 0)
			return err_set(e, ERR_LOCAL, "cannot write known hosts %s: %s",
				       path, file_why(errno));
		if (lock(path, fd, d, e)) {
			close(fd);
			return -1;
		}
		if (still_there(path, fd))
			return fd;
		close(fd);
		if (!deadline_left_ms(d))
			return err_set(e, ERR_DEADLINE,
				       "no time left to write known "
				       "hosts %s",
				       path);
	}
}
