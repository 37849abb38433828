/*
 * task_logs - the last lines that a task wrote, which a manager gets from the task's node
 * (GET /tasks/{id}/logs).
 */
#ifndef DOCKER_TASK_LOGS_H
#define DOCKER_TASK_LOGS_H

#include "docker/engine.h"

struct buf;

/* Appends the last `lines` lines of both of its outputs to `out`, each with a line end and
 * masked as utf8_mask does; what does not fit is left out. A node that does not answer makes
 * a manager wait: the deadline ends that. Errors: those of docker_call, ERR_REFUSED among
 * them for a log driver that cannot be read; ERR_USAGE when `id` is none. */
int docker_task_logs(struct docker_engine *manager, const char *id, unsigned lines,
		     struct buf *out, const struct deadline *d, struct err *e);

#endif
