/*
 * socket - what is wrong with a Docker socket, here or on a remote host, in a
 * sentence each. All return -1.
 */
#ifndef DOCKER_SOCKET_H
#define DOCKER_SOCKET_H

struct err;

/* There is none: ERR_BUSY. */
int docker_socket_missing(const char *socket, struct err *e);

/* Nothing listens on it: ERR_BUSY. */
int docker_socket_dead(const char *socket, struct err *e);

/* `user` may not open it: ERR_NO_ENGINE. `sudo_error` is what sudo said, NULL
 * when there is no sudo. */
int docker_socket_denied(const char *user, const char *socket, const char *sudo_error,
			 struct err *e);

#endif
