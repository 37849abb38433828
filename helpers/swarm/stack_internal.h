/*
 * stack_internal - what the files stack*.c share: a stack under way.
 */
#ifndef SWARM_STACK_INTERNAL_H
#define SWARM_STACK_INTERNAL_H

#include "swarm/stack.h"

#include "base/deadline.h"
#include "base/err.h"
#include "docker/stack_item.h"
#include "docker/stack_work.h"
#include "swarm/manager.h"

/* ---- stack_ask.c ---- */

/* Who is asked: one manager after the other, as they go. */
struct swarm_stack_ask {
	const struct swarm_hosts *managers;
	struct swarm_manager m; /* m.engine is NULL without one */
	bool reached;           /* one has answered so far */
};

typedef int swarm_stack_act(void *ctx, struct docker_engine *manager,
			    const struct deadline *d, struct err *e);

/* Lets `act` ask a manager, and begins it anew with another one when that one goes. Errors:
 * those of `act` that do not pass; those of swarm_manager_find, at once where none has
 * answered yet, but for a swarm that is choosing its leader. */
int swarm_stack_asking(struct swarm_stack_ask *a, swarm_stack_act *act, void *ctx,
		       const struct deadline *d, struct err *e);
void swarm_stack_ask_close(struct swarm_stack_ask *a);

/* ---- stack_version.c ---- */

/* A version of a stack. */
struct swarm_stack_version {
	char id[72]; /* of the config that keeps it; "" for one that none does */
	char name[SWARM_STACK_VERSION];
	char sum[72]; /* of its services when they were whole, or "" */
	struct buf compose;
	json_t *environment;
	json_t *objects; /* a compose file that names its secrets and configs */
};

void swarm_stack_version_free(struct swarm_stack_version *v);

/* Fills `name` by compose file, environment and objects. Errors: ERR_LOCAL. */
int swarm_stack_version_name(struct swarm_stack_version *v, struct err *e);

/* Reads the newest that is kept among the configs of a stack; `id` stays "" without one.
 * Errors: those of docker_stack_config_read; ERR_REFUSED for one that cannot be read. */
int swarm_stack_version_read(struct docker_engine *manager,
			     const struct docker_stack_items *configs,
			     struct swarm_stack_version *out, const struct deadline *d,
			     struct err *e);

/* Keeps it, with the sum of its services. Errors: those of docker_stack_item_create. */
int swarm_stack_version_keep(struct docker_engine *manager, const char *stack,
			     struct swarm_stack_version *v,
			     const struct docker_stack_services *services,
			     const struct deadline *d, struct err *e);

/* The sum of what services are asked to be. Errors: ERR_LOCAL. */
int swarm_stack_version_sum(const struct docker_stack_services *services, char sum[72],
			    struct err *e);

/* Whether a config keeps a version. */
bool swarm_stack_is_version(const struct docker_stack_item *config);

/* ---- stack_objects.c ---- */

/* How swarm_stack_objects goes about it. */
struct swarm_stack_naming {
	bool make;                                /* those that are not there */
	bool missing;                             /* out: one was not */
	const struct swarm_stack_version *before; /* has the names of those unknown */
};

/* Fills `v->objects` with the names of the files in the swarm. Errors: ERR_USAGE for a name
 * that is too long; those of the API. */
int swarm_stack_objects(struct docker_engine *manager, const struct swarm_stack_params *p,
			struct swarm_stack_version *v, struct swarm_stack_naming *n,
			const struct deadline *d, struct err *e);

/* Removes what of the stack's secrets and configs the version does not name, and other
 * versions. What is still in use stays, for the next run. Errors: those of the API. */
int swarm_stack_objects_prune(struct docker_engine *manager, const char *stack,
			      const struct swarm_stack_version *v,
			      const struct deadline *d, struct err *e);

/* ---- stack_whole.c ---- */

enum swarm_stack_seen { SWARM_STACK_WHOLE, SWARM_STACK_NOT_YET, SWARM_STACK_FAILS };

/* A wait until a stack is whole. */
struct swarm_stack_wait {
	const char *stack;
	uint32_t max_failures;
	int64_t monitor_ms;
	json_t *before; /* the IDs of tasks that were there before, as keys */
	json_t *failed; /* those of new ones that have failed, by service */
	struct docker_stack_services services;
	struct docker_stack_tasks tasks;
	int64_t running, wanted;
	size_t bad;       /* the place of the first service that is not whole */
	bool changed;     /* a task runs that did not before */
	int64_t since_ms; /* since when it has been whole, 0: it is not */
};

void swarm_stack_wait_free(struct swarm_stack_wait *w);

/* Reads what is there before anything is changed. */
int swarm_stack_wait_begin(struct swarm_stack_wait *w, struct docker_engine *manager,
			   const struct deadline *d, struct err *e);

/* Counts services and tasks that have been read; pure but for what `w` keeps. */
enum swarm_stack_seen swarm_stack_count(struct swarm_stack_wait *w);

/* Waits until it is whole and has been for monitor_ms where tasks are new. Errors:
 * ERR_REFUSED and ERR_DEADLINE, which swarm_stack_why explains; those of the lists. */
int swarm_stack_wait(struct swarm_stack_wait *w, struct swarm_stack_ask *a,
		     const struct deadline *d, struct err *e);

/* ---- stack_why.c ---- */

/* Says of each service that is not whole what its latest task came to, with the end of what
 * it has written, and makes the first of them the error. Keeps its kind. */
void swarm_stack_why(const struct swarm_stack_wait *w, struct swarm_stack_ask *a,
		     const struct deadline *d, struct err *e);

#endif
