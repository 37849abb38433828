/*
 * stack_work - the services of a stack and their tasks as a manager knows them.
 */
#ifndef DOCKER_STACK_WORK_H
#define DOCKER_STACK_WORK_H

#include "docker/engine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum docker_stack_update {
	DOCKER_UPDATE_NONE,    /* none, or completed */
	DOCKER_UPDATE_GOES_ON, /* old tasks are replaced by new ones */
	DOCKER_UPDATE_GIVEN_UP /* paused after a failure, or rolled back by the swarm */
};

struct docker_stack_service {
	char id[32];
	char name[72];                   /* Spec.Name, perhaps cut */
	bool job;                        /* runs to its end */
	int64_t wanted;                  /* tasks that run, or completions of a job */
	int64_t completed;               /* of a job */
	enum docker_stack_update update; /* UpdateStatus.State */
	char update_message[200];
	json_t *spec; /* owned */
};

/* Owned by the caller: docker_stack_services_free. */
struct docker_stack_services {
	struct docker_stack_service *list;
	size_t count;
};

/* GET /services?status=true with the label of the stack, by name. Errors: those of
 * docker_call; ERR_REFUSED for an engine that does not tell the tasks (API 1.40). */
int docker_stack_services_list(struct docker_engine *manager, const char *stack,
			       struct docker_stack_services *out,
			       const struct deadline *d, struct err *e);
void docker_stack_services_free(struct docker_stack_services *s);

/* Appends what the services are asked to be, as one text that is the same as long as nobody
 * changes them. Returns -1 when the buffer is full. */
int docker_stack_services_text(const struct docker_stack_services *s, struct buf *out);

/* A task of one of the services. */
struct docker_stack_task {
	char id[32];
	char node_id[32]; /* "" before it has a node */
	char state[16];   /* Status.State */
	size_t service;   /* its place among the services */
	bool is_new;      /* what its service is asked to be now */
	bool running;     /* runs, and is to */
	bool failed;      /* failed or was rejected */
	bool waits;       /* has not run yet, and is to */
	int64_t created;  /* CreatedAt, in nanoseconds since 1970 */
	char error[300];  /* Status.Err, "" for none; perhaps cut */
};

/* Owned by the caller: docker_stack_tasks_free. */
struct docker_stack_tasks {
	struct docker_stack_task *list;
	size_t count;
};

/* GET /tasks with the label of the stack; tasks of no service of `s` are left out. Errors:
 * those of docker_call. */
int docker_stack_tasks_list(struct docker_engine *manager, const char *stack,
			    const struct docker_stack_services *s,
			    struct docker_stack_tasks *out, const struct deadline *d,
			    struct err *e);
void docker_stack_tasks_free(struct docker_stack_tasks *t);

/* How many tasks the swarm still has of a stack, whatever became of their services: those
 * of a service that was removed are there until their nodes have stopped them. `skip`: IDs of
 * nodes whose tasks do not count, comma-separated, or NULL. Errors: those of docker_call. */
int docker_stack_tasks_count(struct docker_engine *manager, const char *stack,
			     const char *skip, size_t *count, const struct deadline *d,
			     struct err *e);

/* Appends the last `lines` lines that a task has written (GET /tasks/ID/logs), at most
 * what fits. Errors: those of docker_call. */
int docker_stack_task_log(struct docker_engine *manager, const char *id, unsigned lines,
			  struct buf *out, const struct deadline *d, struct err *e);

#endif
