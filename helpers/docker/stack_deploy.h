/*
 * stack_deploy - `docker stack deploy` on a manager, by the docker command there.
 *
 * What it reads is sent through the standard input of a shell into a folder of mode 0700,
 * in memory where the host has such a place, and removed before the shell ends; of one that
 * was killed it is removed by the next run there. One run a host and user goes on at a
 * time. A run whose connection is lost goes on to its end.
 */
#ifndef DOCKER_STACK_DEPLOY_H
#define DOCKER_STACK_DEPLOY_H

#include "docker/engine.h"

/* Borrowed, all of it. */
struct docker_stack_deploy {
	const char *stack;
	const struct buf *compose; /* the compose file; no NUL in it */
	const char *names;         /* a second one, which says what secrets and configs
					are called in the swarm: a JSON object */
	const json_t *environment; /* variables of the compose file, or NULL */
	const char *logins;        /* a config.json of docker, secret; NULL: that of the
					user there */
	const char *resolve_image; /* "always", "changed" or "never" */
};

/*
 * Errors: ERR_REFUSED with what docker said; what its words mean of a swarm that has no
 * leader or a manager that stops (docker_api_error_kind); ERR_REFUSED where there is no
 * docker command; those of ssh_exec, or of ssh_here_exec for a local engine.
 */
int docker_stack_deploy(struct docker_engine *manager,
			const struct docker_stack_deploy *deploy,
			const struct deadline *d, struct err *e);

#endif
