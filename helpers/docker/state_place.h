/*
 * state_place - the swarm state of a manager, put onto a host as root in the place of what its
 * engine has.
 *
 * Sent into a folder of root's alone, unpacked beside its place, and renamed while the engine
 * is stopped, which is guarded as in state_copy.h: whatever is killed, the engine runs again,
 * with the state or as it was.
 */
#ifndef DOCKER_STATE_PLACE_H
#define DOCKER_STATE_PLACE_H

#include "docker/engine.h"

#include <stdbool.h>

struct buf;
struct deadline;
struct err;

/* Borrowed, all of it. */
struct docker_state_place {
	const char *root;        /* DockerRootDir */
	const struct buf *state; /* a packed tar of the folder "swarm" */
	const char *sha256;      /* of it */
	const char *ca_sha256;   /* of the CA's certificate in it */
	const char *addr;        /* an IP address */
};

struct docker_state_found {
	bool placed;  /* by an earlier run, this very state */
	bool remains; /* of a node, whatever its engine says */
	bool has_addr;
};

/* Changes nothing. Waits for what an earlier run has left going on. Errors, of this and all
 * below: those of ssh_root_shell. */
int docker_state_place_look(struct docker_engine *g, const struct docker_state_place *p,
			    struct docker_state_found *out, const struct deadline *d,
			    struct err *e);

/* Sends the state and puts it in its place. Errors: ERR_REFUSED (nothing there that stops and
 * starts the engine, no room, it was cut off). */
int docker_state_place(struct docker_engine *g, const struct docker_state_place *p,
		       const struct deadline *d, struct err *e);

/* Removes what the two have left on the host, but for the state in its place. */
int docker_state_place_forget(struct docker_engine *g, const struct docker_state_place *p,
			      const struct deadline *d, struct err *e);

#endif
