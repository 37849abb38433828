/*
 * probe - asks a host how its Docker socket can be reached.
 */
#ifndef DOCKER_PROBE_H
#define DOCKER_PROBE_H

#include <stdbool.h>

struct deadline;
struct err;
struct ssh;

enum docker_transport {
	DOCKER_FORWARD,  /* the server forwards to the socket */
	DOCKER_DIAL,     /* `docker system dial-stdio` there */
	DOCKER_DIAL_SUDO /* the same by `sudo -n` */
};

#define DOCKER_PROGRAM_MAX 256 /* bytes of the path of a program there */

/* Asks why forwarding to the socket failed. Writes how to go on: DOCKER_DIAL
 * (forwarding is forbidden) or DOCKER_DIAL_SUDO (only sudo may be able to open
 * it), and the docker program to run for it (DOCKER_PROGRAM_MAX bytes).
 * Errors: ERR_BUSY when there is no socket or nothing listens on it,
 * ERR_NO_ENGINE when there is no transport, and as ssh_exec. */
int docker_probe(struct ssh *s, const char *socket, enum docker_transport *transport,
		 char *program, const struct deadline *d, struct err *e);

/* Whether a host without Docker's socket has no state of a swarm either: Docker was
 * never installed there, or has never joined. False where that is not certain: root's
 * folders cannot be looked into, or its socket or its data are elsewhere. */
bool docker_probe_unused(struct ssh *s, const char *socket, const struct deadline *d);

#endif
