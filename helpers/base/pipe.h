/*
 * pipe - a pipe of this process alone, by which one thread, or a signal, wakes another.
 */
#ifndef BASE_PIPE_H
#define BASE_PIPE_H

/* Opens a pipe that no program started from here inherits (FD_CLOEXEC): fd[0] reads, fd[1]
 * writes. Returns 0; or -1 with errno set, and both are -1. The caller closes it. */
int pipe_open(int fd[2]);

/* Closes what is open of the two; -1 is nothing. */
void pipe_close(int fd[2]);

#endif
