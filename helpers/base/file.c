/* SPDX-License-Identifier: MIT */
/* Reads small local files: regular ones only, within a limit, never
 * blocking. */
#include "base/file.h"

#include "base/buf.h"
#include "base/secret.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int file_open(const char *path, struct stat *st)
{
	/* Not waiting for the other end if it is a FIFO. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int error = 0;

	if (fd < 0)
		return -1;
	if (fstat(fd, st))
		error = errno;
	else if (!S_ISREG(st->st_mode))
		error = FILE_ODD;
	if (!error)
		return fd;
	close(fd);
	errno = error;
	return -1;
}

int file_read(int fd, struct buf *out)
{
	char piece[4096];
	ssize_t n;
	int error = 0;

	while (!error && (n = read(fd, piece, sizeof(piece))) != 0) {
		if (n < 0)
			error = errno == EINTR ? 0 : errno;
		else if (buf_add(out, piece, (size_t)n))
			error = EFBIG;
	}
	secret_wipe(piece, sizeof(piece));
	errno = error;
	return error ? -1 : 0;
}

const char *file_why(int error)
{
	if (error == FILE_ODD)
		return "it is no regular file";
	if (error == EFBIG)
		return "it is too large to be the right file";
	return strerror(error);
}
