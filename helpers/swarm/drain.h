/*
 * drain - waiting until the tasks of a drained node have really stopped.
 *
 * The manager's list decides (a task counts until its state is past running,
 * whatever is wanted of it); the node's own container events only say when to
 * look again. The swarm has no events for tasks.
 */
#ifndef SWARM_DRAIN_H
#define SWARM_DRAIN_H

#include "docker/engine.h"

struct deadline;
struct buf;
struct err;

/*
 * Waits until no task of the node (NULL: of any node) is just starting, for some
 * seconds at most; nodes that are paused get no new ones meanwhile. A container
 * that is stopped in its first moments does not hear of it: its process 1 has no
 * handler yet, so that the kernel drops the signal (pid_namespaces(7)), and
 * Docker kills it at the end of its stop grace period. Errors: those of
 * docker_tasks_count; ERR_DEADLINE.
 */
int swarm_drain_let_start(struct docker_engine *manager, const char *node_id,
			  const struct deadline *d, struct err *e);

/*
 * Waits until no task of the node is live. `node` is the node's own engine,
 * or NULL when it cannot be asked; then the manager is asked twice a second.
 * Errors: ERR_DEADLINE, with the number of tasks that are left and one of
 * their names.
 */
int swarm_drain_wait(struct docker_engine *manager, const char *node_id,
		     struct docker_engine *node, const struct deadline *d, struct err *e);

/* The same for all nodes of the swarm that are not Down. */
int swarm_drain_wait_all(struct docker_engine *manager, const struct deadline *d,
			 struct err *e);

/* Appends the IDs, with commas between, of the nodes that cannot report that their tasks
 * have stopped. Errors: those of docker_nodes_list; ERR_LOCAL for memory. */
int swarm_drain_list_down(struct docker_engine *manager, struct buf *ids,
			  const struct deadline *d, struct err *e);

#endif
