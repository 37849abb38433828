/*
 * publish - what a swarm's managers say of it, in a store: the tokens, and the addresses of all
 * managers.
 */
#ifndef SWARM_PUBLISH_H
#define SWARM_PUBLISH_H

#include "store/store.h"
#include "swarm/hosts.h"

struct deadline;
struct err;

struct swarm_publish_params {
	struct swarm_hosts managers;
	struct store *store;
	bool manager_token; /* stored, too; otherwise it is taken out of there */
};

struct swarm_published {
	char cluster_id[32];
	char managers[2048]; /* "10.0.1.11:2377,10.0.1.12:2377" */
	enum store_outcome outcome;
};

/* Waits for a manager, and writes. Errors: those of swarm_manager_find, docker_swarm_read,
 * docker_nodes_managers and store_write; ERR_REFUSED for more managers than have room. */
int swarm_publish(const struct swarm_publish_params *p, struct swarm_published *out,
		  const struct deadline *d, struct err *e);

/* Takes out of the store what that swarm has there; with `cluster_id` NULL it is the one of the
 * managers, which are not asked otherwise. Errors: those of swarm_manager_find and
 * store_remove. */
int swarm_unpublish(const struct swarm_publish_params *p, const char *cluster_id,
		    struct swarm_published *out, const struct deadline *d, struct err *e);

#endif
