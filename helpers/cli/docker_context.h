/*
 * docker_context - a context of the local docker client (`docker context`) that leads to
 * a socket for as long as somebody listens there.
 */
#ifndef CLI_DOCKER_CONTEXT_H
#define CLI_DOCKER_CONTEXT_H

struct deadline;
struct err;

/* Points context `name` at the unix socket `path`: makes it, or takes over one that an
 * earlier run has left. Errors: ERR_USAGE (no such name is possible; it is somebody
 * else's, or another run's that lives), ERR_LOCAL (no docker client),
 * ERR_REFUSED (what the client says), ERR_DEADLINE. */
int docker_context_point(const char *name, const char *path, const struct deadline *d,
			 struct err *e);

/* Removes it. Errors: as above. */
int docker_context_remove(const char *name, const struct deadline *d, struct err *e);

#endif
