/*
 * file - reading a file of this machine that a query names.
 *
 * A deadline cannot interrupt a read, so only what never blocks is read: a
 * regular file, up to a limit. The bytes are in the caller's buf alone.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <errno.h>

struct buf;
struct stat;

#define FILE_ODD ENOTSUP /* as errno: a device, a FIFO, a folder */

/* Opens `path` for reading, close-on-exec, and writes what fstat says of it.
 * Returns the descriptor, or -1 with errno: FILE_ODD for what is no regular
 * file. */
int file_open(const char *path, struct stat *st);

/* Appends all of an open file to `out`, whose limit is the file's. Returns 0, or
 * -1 with errno; EFBIG when it is larger. */
int file_read(int fd, struct buf *out);

/* The reason for a message: "it is no regular file", "it is too large to be the
 * right one", or the system's own words. Borrowed. */
const char *file_why(int error);

#endif
