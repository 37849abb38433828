/*
 * fd - what every descriptor of the net layer has in common: not inherited
 * by programs, and never blocking.
 */
#ifndef NET_FD_H
#define NET_FD_H

/* Makes `fd` close-on-exec and non-blocking, and keeps a broken connection
 * from raising SIGPIPE where the system wants that said per socket.
 * Returns `fd`, or -1 with errno after closing it; -1 is passed through. */
int fd_ready(int fd);

/* Two connected unix stream sockets, ready as above. Returns 0, or -1 with
 * errno. The caller closes both. */
int fd_pair(int pair[2]);

/* Closes what is not -1 and sets it to -1, keeping errno. */
void fd_close(int *fd);

#endif
