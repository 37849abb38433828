/* SPDX-License-Identifier: MIT */
/* Descriptors: close-on-exec, non-blocking, pairs. */
#include "net/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

int fd_ready(int fd)
{
	int flags;

	if (fd < 0)
		return -1;
#ifdef SO_NOSIGPIPE
	/* Fails on what is no socket, which then raises no SIGPIPE either. */
	setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &(int){ 1 }, sizeof(int));
#endif
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		fd_close(&fd);
	return fd;
}

int fd_pair(int pair[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return -1;
	pair[0] = fd_ready(pair[0]);
	pair[1] = fd_ready(pair[1]);
	if (pair[0] >= 0 && pair[1] >= 0)
		return 0;
	fd_close(&pair[0]);
	fd_close(&pair[1]);
	return -1;
}

void fd_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}
