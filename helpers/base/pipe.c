/* SPDX-License-Identifier: MIT */
/* Opens and closes pipes that are not inherited. */
#include "base/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* macOS has no pipe2. */
int pipe_open(int fd[2])
{
	int error;

	if (pipe(fd)) {
		fd[0] = fd[1] = -1;
		return -1;
	}
	if (!fcntl(fd[0], F_SETFD, FD_CLOEXEC) && !fcntl(fd[1], F_SETFD, FD_CLOEXEC))
		return 0;
	error = errno;
	pipe_close(fd);
	errno = error;
	return -1;
}

void pipe_close(int fd[2])
{
	for (int i = 0; i < 2; i++) {
		if (fd[i] >= 0)
			close(fd[i]);
		fd[i] = -1;
	}
}
