/*
 * stack - a stack of services in a swarm: brought to what a compose file says, by the docker
 * command of a manager, and taken away.
 *
 * Secrets and configs go to the swarm itself, through its API, under names that tell their
 * content, so that another content is another object and the services that use it roll. A
 * version that was whole is kept in the swarm as a config of the stack, without the content
 * of its secrets and configs, which are there as long as it is.
 */
#ifndef SWARM_STACK_H
#define SWARM_STACK_H

#include "base/buf.h"
#include "swarm/hosts.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct deadline;
struct err;

#define SWARM_STACK_VERSION 13 /* bytes of a version's name, its NUL included */

/* A secret or config that the compose file calls `key`. */
struct swarm_stack_file {
	const char *key;
	bool secret;
	bool unknown; /* taken for the one that was deployed last; to look only */
	struct buf bytes;
};

/* Borrowed, all of it. */
struct swarm_stack_params {
	struct swarm_hosts managers;
	const char *stack;
	const struct buf *compose;
	const json_t *environment; /* variables of the compose file, or NULL */
	const struct swarm_stack_file *files;
	size_t count;              /* of files */
	const char *logins;        /* as in struct docker_stack_deploy */
	const char *resolve_image; /* the same */
	uint32_t max_failures;     /* of the tasks of one service; 0: any number */
	int64_t monitor_ms;        /* how long new tasks have to run */
	bool roll_back;
	int64_t roll_back_ms; /* of the deadline, what is kept for that */
};

enum swarm_stack_outcome { SWARM_STACK_UNCHANGED, SWARM_STACK_DEPLOYED };

struct swarm_stack_result {
	enum swarm_stack_outcome outcome;
	char version[SWARM_STACK_VERSION];
	size_t services;
	int64_t tasks;
};

/*
 * Brings the stack to what the compose file says, and waits until every service is whole.
 * Errors: ERR_REFUSED with what docker says of the compose file, or with the task that
 * fails; ERR_DEADLINE with the service that is not whole yet; both say so when the version
 * before has been brought back. Those of swarm_manager_find.
 */
int swarm_stack_deploy(const struct swarm_stack_params *params,
		       struct swarm_stack_result *out, const struct deadline *d,
		       struct err *e);

/* What a swarm has of a stack, for one who would deploy it with these parameters. */
struct swarm_stack_state {
	bool deployed; /* a version was whole at some time */
	bool current;  /* it is the one of the parameters */
	bool same;     /* and nobody has changed its services since */
	bool whole;    /* every service has its tasks */
	char version[SWARM_STACK_VERSION];
	size_t services;
	int64_t running, wanted; /* tasks */
};

/* Looks, and changes nothing. Errors: those of swarm_manager_find and of the lists. */
int swarm_stack_look(const struct swarm_stack_params *params,
		     struct swarm_stack_state *out, const struct deadline *d,
		     struct err *e);

/*
 * Takes the stack away, and waits until its tasks, services, networks, configs and secrets
 * are gone; *found: whether anything of it was there. Tasks on nodes that are Down are not
 * waited for. Errors: ERR_DEADLINE with what is still there; those of swarm_manager_find.
 */
int swarm_stack_remove(const struct swarm_hosts *managers, const char *stack, bool *found,
		       const struct deadline *d, struct err *e);

#endif
