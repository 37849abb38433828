/*
 * service - the swarm's services as a manager knows them (GET /services): how many
 * tasks each has and should have.
 */
#ifndef DOCKER_SERVICE_H
#define DOCKER_SERVICE_H

#include "docker/engine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct docker_service {
	char id[32];
	char name[64];   /* Spec.Name, perhaps cut */
	bool global;     /* a task on each node that fits */
	bool job;        /* runs to its end: fewer tasks are no fault */
	int64_t running; /* ServiceStatus.RunningTasks */
	int64_t desired; /* ServiceStatus.DesiredTasks; of a global service for the
			    nodes that may have tasks now */
};

/* Owned by the caller: docker_services_free. */
struct docker_services {
	struct docker_service *list;
	size_t count;
};

/* GET /services?status=true. Errors: those of docker_call; ERR_REFUSED for an engine
 * that does not tell the tasks (API 1.40). */
int docker_services_list(struct docker_engine *manager, struct docker_services *out,
			 const struct deadline *d, struct err *e);
void docker_services_free(struct docker_services *s);

/* The service of that ID; NULL when there is none. Borrowed. */
const struct docker_service *docker_services_find(const struct docker_services *s,
						  const char *id);

#endif
