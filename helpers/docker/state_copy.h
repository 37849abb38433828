/*
 * state_copy - a copy of a manager's swarm state, made on its host as root, and read from
 * there.
 *
 * Stopped: the engine is stopped, the folder copied, the engine started again, whatever is
 * killed meanwhile: under systemd the copy is a transient unit whose ExecStopPost starts
 * docker.socket and docker.service, elsewhere a second process of a session of its own
 * waits for the end of the first. Running: snapshots first, then the log. Packed only once
 * the engine is back, in a folder of root's alone, which a later copy or
 * docker_state_forget removes.
 */
#ifndef DOCKER_STATE_COPY_H
#define DOCKER_STATE_COPY_H

#include "docker/engine.h"

#include <stdint.h>

struct sink;

struct docker_state_copy {
	int64_t stopped_ms; /* from the stop until the engine answered again; 0: not
			       stopped */
	uint32_t bytes;     /* of the packed tar of the folder "swarm" */
	char sha256[65];
	bool changed; /* while it was copied: there is none */
};

/* Whether the engine is stopped for it. */
enum docker_copy_kind { DOCKER_COPY_STOPPED, DOCKER_COPY_RUNNING };

/* "stopped", "running". */
const char *docker_copy_name(enum docker_copy_kind kind);

/* Makes a copy of the state below `root` (DockerRootDir). Only the state of an engine that
 * runs can have changed meanwhile.
 * Through a socket the host is this machine, and this process has to be root.
 * Errors: ERR_REFUSED: nothing there that stops and starts the engine,
 * no room, or the copy was cut off, whereupon the engine has been started again; those of
 * ssh_root_shell. */
int docker_state_copy(struct docker_engine *g, const char *root,
		      enum docker_copy_kind kind, struct docker_state_copy *out,
		      const struct deadline *d, struct err *e);

/* Reads the copy; the caller compares the sum. Errors: those of ssh_root_read. */
int docker_state_read(struct docker_engine *g, const struct docker_state_copy *copy,
		      const struct sink *sink, const struct deadline *d, struct err *e);

/* Removes the copy from the host. Errors: those of ssh_root_shell. */
int docker_state_forget(struct docker_engine *g, const struct deadline *d, struct err *e);

#endif
