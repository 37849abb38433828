/*
 * view - nodes, services and tasks as a manager lists them, as plain values for whoever
 * shows them (GET /nodes, /services, /tasks).
 *
 * Texts are one line that cannot drive a terminal (utf8_mask) and are cut where they are too
 * long. What is compared or changed by goes through docker/node.h and its neighbours instead:
 * a word that is not known here is no error, but "unknown". Each struct is all zero before it
 * is filled, so that two can be compared as bytes.
 */
#ifndef DOCKER_VIEW_H
#define DOCKER_VIEW_H

#include "docker/engine.h"
#include "docker/node_status.h"
#include "docker/task_state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DOCKER_VIEW_ID 32

struct docker_view_node {
	char id[DOCKER_VIEW_ID]; /* first in each of them */
	char hostname[80];
	char addr[48];
	char engine[32];   /* the engine's version */
	char message[120]; /* Status.Message, mostly of a node that is down */
	enum docker_role role;
	enum docker_availability availability;
	enum docker_node_state state;
	bool manager; /* in the raft */
	bool leader, reachable;
	int64_t cpus;   /* billionths of a processor */
	int64_t memory; /* bytes */
};

enum docker_view_mode {
	DOCKER_REPLICATED,
	DOCKER_GLOBAL,
	DOCKER_REPLICATED_JOB,
	DOCKER_GLOBAL_JOB
};

struct docker_view_service {
	char id[DOCKER_VIEW_ID];
	char name[80];
	char image[120];
	char update[24]; /* UpdateStatus.State: "updating", "paused", ...; "" for none */
	char message[120]; /* UpdateStatus.Message */
	enum docker_view_mode mode;
	int64_t replicas; /* wanted, of a replicated one */
};

struct docker_view_task {
	char id[DOCKER_VIEW_ID];
	char node[DOCKER_VIEW_ID]; /* "" as long as it has none */
	char service[DOCKER_VIEW_ID];
	char container[72];
	char image[120];
	char message[160]; /* Status.Err, else Status.Message */
	enum docker_task_state state, desired;
	int64_t slot;    /* 0 of a global service */
	int64_t created; /* here and below nanoseconds since 1970, by clocks of managers */
	int64_t since;   /* and nodes: when it came into this state */
	int64_t cpus;    /* reserved, billionths of a processor */
	int64_t memory;  /* reserved, bytes */
	int64_t exit;    /* the exit code of what has ended */
};

/* A list; the caller frees it with free(). */
#define DOCKER_VIEW_LIST(type) \
	{ \
		struct type *list; \
		size_t count; \
	}
struct docker_view_nodes DOCKER_VIEW_LIST(docker_view_node);
struct docker_view_services DOCKER_VIEW_LIST(docker_view_service);
struct docker_view_tasks DOCKER_VIEW_LIST(docker_view_task);

/* Each reads a whole list. Tasks without a service (a plain container on an attachable
 * network) are left out. *out is empty after an error, and its list is freed with free()
 * otherwise. Errors: those of docker_call and docker_list_read; ERR_REFUSED for an element
 * without an ID. */
int docker_view_read_nodes(struct docker_engine *manager, struct docker_view_nodes *out,
			   const struct deadline *d, struct err *e);
int docker_view_read_services(struct docker_engine *manager,
			      struct docker_view_services *out, const struct deadline *d,
			      struct err *e);
int docker_view_read_tasks(struct docker_engine *manager, struct docker_view_tasks *out,
			   const struct deadline *d, struct err *e);

/* "replicated", "global", "replicated job", "global job" */
const char *docker_view_mode_name(enum docker_view_mode m);

#endif
