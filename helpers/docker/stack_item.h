/*
 * stack_item - what a swarm has of a stack: services, secrets, configs and networks, found by
 * the label that `docker stack` puts on them (com.docker.stack.namespace).
 */
#ifndef DOCKER_STACK_ITEM_H
#define DOCKER_STACK_ITEM_H

#include "docker/engine.h"

#include <stddef.h>
#include <stdint.h>

enum docker_stack_kind {
	DOCKER_STACK_SERVICE,
	DOCKER_STACK_SECRET,
	DOCKER_STACK_CONFIG,
	DOCKER_STACK_NETWORK,
	DOCKER_STACK_KINDS /* how many there are */
};

/* One of them; texts that are missing are "". */
struct docker_stack_item {
	char id[72];
	char name[72];   /* perhaps cut */
	char key[72];    /* our label: what the compose file calls it */
	char salt[40];   /* our label: of the sum in a secret's name */
	char sum[72];    /* our label: of what a version made of the services */
	int64_t created; /* CreatedAt, in nanoseconds since 1970 */
};

/* Owned by the caller: docker_stack_items_free. */
struct docker_stack_items {
	struct docker_stack_item *list;
	size_t count;
};

/* "service", "services" with `many`. */
const char *docker_stack_kind_name(enum docker_stack_kind kind, bool many);

/* GET /services, /secrets, /configs or /networks with the label of the stack. Errors: those
 * of docker_call. */
int docker_stack_items_list(struct docker_engine *manager, enum docker_stack_kind kind,
			    const char *stack, struct docker_stack_items *out,
			    const struct deadline *d, struct err *e);
void docker_stack_items_free(struct docker_stack_items *items);

/* The item of that name; NULL when there is none. Borrowed. */
const struct docker_stack_item *
docker_stack_items_named(const struct docker_stack_items *items, const char *name);

/* DELETE of one. One that is not there is no error. Errors: those of docker_call; ERR_BUSY
 * while it is in use. */
int docker_stack_item_remove(struct docker_engine *manager, enum docker_stack_kind kind,
			     const char *id, const struct deadline *d, struct err *e);

/* A secret or config to make; borrowed, all of it. `key`, `salt` and `sum` may be NULL. */
struct docker_stack_new {
	enum docker_stack_kind kind;
	const char *stack, *name, *key, *salt, *sum;
	const struct buf *bytes;
};

/* POST /secrets/create or /configs/create. One of that name that is there already is no
 * error: names tell of the content. Errors: those of docker_call. */
int docker_stack_item_create(struct docker_engine *manager,
			     const struct docker_stack_new *item,
			     const struct deadline *d, struct err *e);

/* Appends the content of a config (GET /configs/ID). Errors: those of docker_call;
 * ERR_REFUSED when it cannot be read. */
int docker_stack_config_read(struct docker_engine *manager, const char *id,
			     struct buf *bytes, const struct deadline *d, struct err *e);

/* Gives a config another label `sum` (POST /configs/ID/update). Errors: those of
 * docker_call. */
int docker_stack_config_mark(struct docker_engine *manager, const char *id,
			     const char *sum, const struct deadline *d, struct err *e);

#endif
